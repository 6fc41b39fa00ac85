using System.Reflection;
using HotShelf.CacheConsole.Hosting;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Components.Layout;

/// <summary>The pages, the theme, and the way out.</summary>
public sealed partial class NavMenu
{
    private static readonly string s_version = typeof(NavMenu).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    [Inject]
    private IOptions<CacheConsoleOptions> Options { get; set; } = null!;
}

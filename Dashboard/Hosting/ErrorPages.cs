namespace HotShelf.Dashboard.Hosting;

/// <summary>A failure shows a page of ours, never its details; those are in the log.</summary>
internal static class ErrorPages
{
    public static void UseErrorPages(this WebApplication app) => app.UseExceptionHandler("/failed", createScopeForErrors: true);
}

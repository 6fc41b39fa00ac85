using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Resources;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Resources;

/// <summary>Asks where a command should be thought over, runs it, and tells the page how it ended.</summary>
public sealed partial class CommandButtons : IDisposable
{
    private const string Start = "resource-start";
    private const string Stop = "resource-stop";
    private const string Restart = "resource-restart";

    private readonly CancellationTokenSource _life = new();
    private string? _running;

    /// <summary>A resource, or one instance.</summary>
    [Parameter, EditorRequired]
    public string Name { get; set; } = "";

    [Parameter, EditorRequired]
    public IReadOnlyList<ResourceCommand> Commands { get; set; } = [];

    /// <summary>Only start, stop and restart, and what the application calls important.</summary>
    [Parameter]
    public bool IsShort { get; set; }

    /// <summary>
    /// Asks; of the page, because a row of a table may go while it is asked. Looked up when it is needed: the page has it only after it was drawn once.
    /// </summary>
    [Parameter, EditorRequired]
    public Func<ConfirmDialog?> Confirm { get; set; } = static () => null;

    [Parameter, EditorRequired]
    public EventCallback<CommandResult> Ran { get; set; }

    [Inject]
    private ResourceActions Actions { get; set; } = null!;

    private IEnumerable<ResourceCommand> Shown => Commands.Where(command => !IsShort || command.IsHighlighted || command.Name is Stop or Restart or Start)
        // Start is what a stopped one offers, stop and restart what a running one does.
        .Where(command => command.IsEnabled || command.Name is not (Start or Stop or Restart))
        .OrderBy(static command => command.Name is Start or Stop or Restart);

    public void Dispose()
    {
        _life.Cancel();
        _life.Dispose();
    }

    private bool IsDisabled(ResourceCommand command) => !command.IsEnabled || _running is not null || Actions.DisabledBecause is not null;

    private static IconName? Picture(ResourceCommand command) => command.Name switch { Start => IconName.Play, Stop => IconName.Stop, Restart => IconName.Restart, _ => null };

    private async Task RunAsync(ResourceCommand command)
    {
        if (Question(command) is { } question && (Confirm() is not { } dialog || !await dialog.AskAsync($"{command.DisplayName}: {Name}?", question, command.DisplayName, isDangerous: command.Name == Stop)))
            return;
        _running = command.Name;
        try
        {
            var outcome = await Actions.ExecuteAsync(Name, command.Name, _life.Token);
            await Ran.InvokeAsync(new CommandResult(Name, command.DisplayName, outcome));
        }
        catch (OperationCanceledException)
        {
            // The viewer has left; the command goes on.
        }
        finally
        {
            _running = null;
        }
    }

    private static string? Question(ResourceCommand command) => command.Confirmation ?? command.Name switch
    {
        Stop => "Whoever uses it will notice. It stays down until somebody starts it.",
        Restart => "It is away for a moment.",
        _ => null,
    };
}

/// <summary>How a command ended.</summary>
public sealed record CommandResult(string Resource, string Command, CommandOutcome Outcome);

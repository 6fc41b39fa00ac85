using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>Asks before something is done. One of them serves a page: <c>if (await _confirm.AskAsync(…))</c>.</summary>
public sealed partial class ConfirmDialog
{
    private readonly string _id = $"dialog-{Guid.NewGuid():N}";
    private ElementReference _element;
    private Question? _question;
    private TaskCompletionSource<bool>? _answer;

    /// <summary>Shows the question; false when it was declined or closed.</summary>
    /// <param name="title">The question.</param>
    /// <param name="text">What will happen.</param>
    /// <param name="action">The name of doing it, on the button.</param>
    /// <param name="isDangerous">It cannot be taken back.</param>
    /// <param name="cost">What it will cost, as far as that is known.</param>
    public async Task<bool> AskAsync(string title, string text, string action, bool isDangerous = false, string? cost = null)
    {
        _answer?.TrySetResult(false);
        _answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _question = new Question(title, text, action, isDangerous, cost);
        StateHasChanged();
        await Script.InvokeVoidAsync("hotshelf.openDialog", _element);
        return await _answer.Task;
    }

    private async Task AnswerAsync(bool answer)
    {
        _answer?.TrySetResult(answer);
        await Script.InvokeVoidAsync("hotshelf.closeDialog", _element);
    }

    private void OnClose() => _answer?.TrySetResult(false);

    private sealed record Question(string Title, string Text, string Action, bool IsDangerous, string? Cost);
}

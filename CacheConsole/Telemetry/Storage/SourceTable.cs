using HotShelf.CacheConsole.Telemetry.Model;

namespace HotShelf.CacheConsole.Telemetry.Storage;

/// <summary>
/// Everybody who exported lately, at most <see cref="Maximum"/>: who was silent longest is forgotten. What is kept of them refers to one object for each.
/// </summary>
internal sealed class SourceTable
{
    public const int Maximum = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Source>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<Source> _bySilence = new();

    /// <summary>The object for whoever has these attributes; one that is known with the same attributes already is given back.</summary>
    public Source Of(string service, string? instance, Field[] fields)
    {
        var source = new Source(service, instance, fields);
        lock (_lock)
        {
            if (_byId.TryGetValue(source.Id, out var node))
                _bySilence.Remove(node);
            if (node is null || !node.Value.Fields.AsSpan().SequenceEqual(fields))
                _byId[source.Id] = node = new LinkedListNode<Source>(source);
            _bySilence.AddLast(node);
            while (_byId.Count > Maximum)
            {
                _byId.Remove(_bySilence.First!.Value.Id);
                _bySilence.RemoveFirst();
            }

            return node.Value;
        }
    }

    public Source[] Snapshot()
    {
        lock (_lock)
            return [.. _bySilence.OrderBy(s => s.Id, StringComparer.Ordinal)];
    }
}

using HotShelf.Caching.Benchmarks.HitRatio;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Tests.Local;

/// <summary>W-TinyLFU as in the paper, bounded by the number of entries: exact LRU queues, each read counted at once. The measure for the policy that is shipped.</summary>
internal sealed class ReferenceTinyLfu
{
    private const int Window = Workloads.Room / 100;
    private const int Protected = (Workloads.Room - Window) * 8 / 10;

    private readonly FrequencySketch _sketch = new() { Period = 10 * Workloads.Room };
    private readonly LinkedList<int> _window = new();
    private readonly LinkedList<int> _probation = new();
    private readonly LinkedList<int> _protected = new();
    private readonly Dictionary<int, LinkedListNode<int>> _nodes = [];

    public static double HitRatio(int[] reads)
    {
        var cache = new ReferenceTinyLfu();
        cache._sketch.EnsureCapacity(Workloads.Room);
        return 100.0 * reads.Count(cache.Read) / reads.Length;
    }

    private bool Read(int key)
    {
        _sketch.Add(key, 1);
        if (_nodes.TryGetValue(key, out var node))
        {
            OnHit(node);
            return true;
        }

        _nodes[key] = _window.AddFirst(key);
        if (_window.Count > Window)
            LeaveWindow(_window.Last!);
        return false;
    }

    private void OnHit(LinkedListNode<int> node)
    {
        Move(node, node.List == _window ? _window : _protected);
        if (_protected.Count > Protected)
            Move(_protected.Last!, _probation);
    }

    private void LeaveWindow(LinkedListNode<int> candidate)
    {
        if (_nodes.Count > Workloads.Room)
        {
            var victim = _probation.Last!;
            if (_sketch.Estimate(candidate.Value) > _sketch.Estimate(victim.Value))
            {
                Evict(victim);
            }
            else
            {
                Evict(candidate);
                return;
            }
        }

        Move(candidate, _probation);
    }

    private void Evict(LinkedListNode<int> node)
    {
        node.List!.Remove(node);
        _nodes.Remove(node.Value);
    }

    private static void Move(LinkedListNode<int> node, LinkedList<int> list)
    {
        node.List!.Remove(node);
        list.AddFirst(node);
    }
}

using System.Buffers;
using System.Text;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>A complete answer, copied from the receive buffer. Used for the few awaited commands, not for the pushes.</summary>
internal sealed class RespValue(RespKind kind, byte[] bytes, long number, RespValue[] items)
{
    /// <summary>The kind of the value.</summary>
    public RespKind Kind => kind;

    /// <summary>The integer, or 1 or 0 for a boolean.</summary>
    public long Number => number;

    /// <summary>The elements of the aggregate; for a map key, value, key, value.</summary>
    public IReadOnlyList<RespValue> Items => items;

    /// <summary>The string, error or number as text.</summary>
    public string Text => kind is RespKind.Integer ? number.ToString(System.Globalization.CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(bytes);

    /// <summary>The value after the key <paramref name="name"/> of a map, or of an array of keys and values; null when the key is missing.</summary>
    public RespValue? Find(string name)
    {
        for (var index = 0; index + 1 < items.Length; index += 2)
        {
            if (items[index].Text == name)
                return items[index + 1];
        }

        return null;
    }

    /// <summary>Builds an answer from its tokens.</summary>
    internal sealed class Builder
    {
        /// <summary>Maximum number of values in one answer. Limits memory when the server announces a wrong count.</summary>
        public const int MaxValues = 64 * 1024;

        /// <summary>Maximum bytes of all strings of one answer: 4 MiB.</summary>
        public const int MaxBytes = 4 << 20;

        private readonly Stack<(RespKind Kind, long Left, List<RespValue> Items)> _open = new();
        private int _values;
        private long _bytes;

        /// <summary>Adds a token; returns the answer when it is complete.</summary>
        /// <exception cref="RespException">The answer exceeds a limit.</exception>
        public RespValue? Add(in RespToken token)
        {
            _bytes += token.Value.Length;
            if (++_values > MaxValues || _bytes > MaxBytes || token.IsSkipped)
                throw new RespException("an answer is too large");
            if (token.Kind is RespKind.Array or RespKind.Map or RespKind.Set or RespKind.Push && token.Number > 0)
            {
                _open.Push((token.Kind, token.Number, []));
                return null;
            }

            var value = new RespValue(token.Kind, token.Value.ToArray(), token.Number, []);
            while (_open.TryPop(out var parent))
            {
                parent.Items.Add(value);
                if (--parent.Left > 0)
                {
                    _open.Push(parent);
                    return null;
                }

                value = new RespValue(parent.Kind, [], 0, [.. parent.Items]);
            }

            (_values, _bytes) = (0, 0);
            return value;
        }
    }
}

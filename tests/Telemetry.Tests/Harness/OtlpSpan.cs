using System.Text;

namespace HotShelf.Telemetry.Tests.Harness;

/// <summary>One span of an <c>ExportTraceServiceRequest</c> (opentelemetry-proto, trace.proto), as far as tests look at it.</summary>
internal sealed record OtlpSpan(string TraceId, string SpanId, string ParentId, string Name, string Scope, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>request 1: resource spans { 2: scope spans { 1: scope { 1: name }, 2: span } }.</summary>
    public static IEnumerable<OtlpSpan> Parse(byte[] request)
    {
        foreach (var resource in Fields(request).Where(field => field.Number == 1))
        {
            foreach (var scope in Fields(resource.Bytes).Where(field => field.Number == 2))
            {
                var parts = Fields(scope.Bytes).ToArray();
                var name = parts.Where(part => part.Number == 1).Select(part => Text(part.Bytes, 1)).FirstOrDefault("");
                foreach (var span in parts.Where(part => part.Number == 2))
                    yield return ParseSpan(span.Bytes, name);
            }
        }
    }

    // span { 1: trace id, 2: span id, 4: parent id, 5: name, 9: attributes { 1: key, 2: value { 1: string, 2: bool, 3: int } } }
    private static OtlpSpan ParseSpan(byte[] span, string scope)
    {
        var fields = Fields(span).ToArray();
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in fields.Where(field => field.Number == 9))
        {
            var value = Fields(Fields(attribute.Bytes).First(field => field.Number == 2).Bytes).FirstOrDefault();
            attributes[Text(attribute.Bytes, 1)] = value.Number == 1 ? Encoding.UTF8.GetString(value.Bytes) : $"{value.Value}";
        }

        return new OtlpSpan(Hex(1), Hex(2), Hex(4), Text(span, 5), scope, attributes);

        string Hex(int number) => Convert.ToHexStringLower(fields.FirstOrDefault(field => field.Number == number).Bytes ?? []);
    }

    private static string Text(byte[] message, int number) => Encoding.UTF8.GetString(Fields(message).FirstOrDefault(field => field.Number == number).Bytes ?? []);

    // The wire format of protocol buffers: a tag (number and type), then a varint, 8 bytes, a length with that many bytes, or 4 bytes.
    private static IEnumerable<(int Number, ulong Value, byte[] Bytes)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var (value, length) = (tag & 7) switch
            {
                0 => (Varint(message, ref at), 0),
                1 => (BitConverter.ToUInt64(message, at), 8),
                2 => (0ul, (int)Varint(message, ref at)),
                5 => (BitConverter.ToUInt32(message, at), 4),
                var type => throw new InvalidDataException($"wire type {type}"),
            };
            yield return ((int)(tag >> 3), value, message[at..(at + length)]);
            at += length;
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}

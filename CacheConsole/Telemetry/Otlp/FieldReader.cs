using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Turns what the protocol carries into text and times, within the bounds for one record.</summary>
internal sealed class FieldReader(IOptions<TelemetryOptions> options, StringPool pool)
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public string Name(string text) => pool.Of(Cut(text));

    /// <summary>The attributes in the order in which they came.</summary>
    public Field[] Fields(RepeatedField<KeyValue> attributes)
    {
        var count = Math.Min(attributes.Count, options.Value.MaximumAttributes);
        if (count == 0)
            return [];
        var fields = new Field[count];
        for (var i = 0; i < count; i++)
            fields[i] = new Field(Name(attributes[i].Key), Text(attributes[i].Value));
        return fields;
    }

    /// <summary>A value as a person reads it: what is not a single value as JSON.</summary>
    public string Text(AnyValue? value) => value?.ValueCase switch
    {
        null or AnyValue.ValueOneofCase.None => "",
        AnyValue.ValueOneofCase.StringValue => Name(value.StringValue),
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        AnyValue.ValueOneofCase.IntValue => pool.Of(value.IntValue.ToString(CultureInfo.InvariantCulture)),
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.BytesValue => Cut(value.BytesValue.ToBase64()),
        _ => Cut(Json(value)),
    };

    /// <summary>A trace's or span's id in hexadecimal; null unless it has so many bytes and one that is not zero.</summary>
    public static string? Id(ByteString id, int bytes) => id.Length == bytes && id.Span.ContainsAnyExcept((byte)0) ? Convert.ToHexStringLower(id.Span) : null;

    /// <summary>Null for "not known", and for what no calendar has.</summary>
    public static DateTimeOffset? Time(ulong unixNano)
    {
        const ulong NanosPerTick = 100;
        var ticks = unixNano / NanosPerTick;
        return unixNano == 0 || ticks > (ulong)(DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks ? null : DateTimeOffset.UnixEpoch.AddTicks((long)ticks);
    }

    private string Cut(string text)
    {
        var maximum = options.Value.MaximumValueLength;
        if (text.Length <= maximum)
            return text;
        // Not through the middle of a pair.
        var end = char.IsHighSurrogate(text[maximum - 1]) ? maximum - 1 : maximum;
        return $"{text.AsSpan(0, end)}…";
    }

    private static string Json(AnyValue value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_json))
            Write(writer, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // The protocol's reader refuses what is nested deeper than 100.
    private static void Write(Utf8JsonWriter writer, AnyValue? value)
    {
        switch (value?.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue:
                writer.WriteStringValue(value.StringValue);
                break;
            case AnyValue.ValueOneofCase.BoolValue:
                writer.WriteBooleanValue(value.BoolValue);
                break;
            case AnyValue.ValueOneofCase.IntValue:
                writer.WriteNumberValue(value.IntValue);
                break;
            case AnyValue.ValueOneofCase.DoubleValue when double.IsFinite(value.DoubleValue):
                writer.WriteNumberValue(value.DoubleValue);
                break;
            case AnyValue.ValueOneofCase.DoubleValue:
                writer.WriteStringValue(value.DoubleValue.ToString(CultureInfo.InvariantCulture));
                break;
            case AnyValue.ValueOneofCase.BytesValue:
                writer.WriteBase64StringValue(value.BytesValue.Span);
                break;
            case AnyValue.ValueOneofCase.ArrayValue:
                writer.WriteStartArray();
                foreach (var item in value.ArrayValue.Values)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case AnyValue.ValueOneofCase.KvlistValue:
                writer.WriteStartObject();
                foreach (var item in value.KvlistValue.Values)
                {
                    writer.WritePropertyName(item.Key);
                    Write(writer, item.Value);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}

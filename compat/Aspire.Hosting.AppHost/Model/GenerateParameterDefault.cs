using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A random value of at least 128 bits of what the allowed characters give; unambiguous characters only.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    private const string LowerCharacters = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperCharacters = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string NumericCharacters = "0123456789";
    private const string SpecialCharacters = "-_.{}~()*+!";

    public int MinLength { get; set; }

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public int MinLower { get; set; }

    public int MinUpper { get; set; }

    public int MinNumeric { get; set; }

    public int MinSpecial { get; set; }

    public override string GetDefaultValue()
    {
        (bool Allowed, int Least, string Characters)[] classes =
            [(Lower, MinLower, LowerCharacters), (Upper, MinUpper, UpperCharacters), (Numeric, MinNumeric, NumericCharacters), (Special, MinSpecial, SpecialCharacters)];
        var all = string.Concat(classes.Where(c => c.Allowed).Select(c => c.Characters));
        if (all.Length == 0)
            throw new ArgumentException("A generated value needs at least one class of characters: Lower, Upper, Numeric or Special.");
        var value = string.Concat(classes.Where(c => c is { Allowed: true, Least: > 0 }).Select(c => RandomNumberGenerator.GetString(c.Characters, c.Least)));
        var shuffled = (value + RandomNumberGenerator.GetString(all, Math.Max(0, MinLength - value.Length))).ToCharArray();
        RandomNumberGenerator.Shuffle(shuffled.AsSpan());
        return new string(shuffled);
    }

    public override void WriteToManifest(Publishing.ManifestPublishingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var writer = context.Writer;
        writer.WriteStartObject("generate");
        writer.WriteNumber("minLength", MinLength);
        WriteUnless(true, "lower", Lower);
        WriteUnless(true, "upper", Upper);
        WriteUnless(true, "numeric", Numeric);
        WriteUnless(true, "special", Special);
        WriteLeast("minLower", MinLower);
        WriteLeast("minUpper", MinUpper);
        WriteLeast("minNumeric", MinNumeric);
        WriteLeast("minSpecial", MinSpecial);
        writer.WriteEndObject();

        void WriteUnless(bool usual, string name, bool value)
        {
            if (value != usual)
                writer.WriteBoolean(name, value);
        }

        void WriteLeast(string name, int value)
        {
            if (value > 0)
                writer.WriteNumber(name, value);
        }
    }
}

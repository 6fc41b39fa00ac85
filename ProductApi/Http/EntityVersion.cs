using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using HotShelf.Catalog;
using HotShelf.ProductApi.Problems;
using Microsoft.Net.Http.Headers;

namespace HotShelf.ProductApi.Http;

/// <summary>
/// The version of a stored object as a strong validator. All that an answer shows depends on the version and on how we write it, so the tag
/// is the form's letter and the version: <c>"a7"</c>. Equal on every replica and across fills, unlike a number made per fill.
/// </summary>
internal static class EntityVersion
{
    /// <summary>Moves on when the JSON of an answer changes its form, so that clients do not keep the old form for an unchanged object.</summary>
    private const char Form = 'a';

    private const int DigestLength = 16;

    /// <summary>Stands for a version that no object has: a precondition that nothing can meet.</summary>
    public const long None = -1;

    public static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{Form}{version}\"");

    /// <summary>The tag of an answer that shows several objects: a digest of their numbers and versions.</summary>
    public static string Tag(ReadOnlySpan<long> versions) => Digest(MemoryMarshal.AsBytes(versions));

    /// <summary>The tag of bytes that no version stands for. It tells changes of our own data apart, so it needs no cryptographic hash, which costs ten times as much.</summary>
    public static string Digest(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[DigestLength];
        XxHash128.Hash(bytes, digest);
        Span<char> text = stackalloc char[Base64Url.GetEncodedLength(DigestLength)];
        Base64Url.EncodeToChars(digest, text);
        return $"\"{Form}{text}\"";
    }

    /// <summary>
    /// What <c>If-Match</c> and <c>If-None-Match</c> ask of a write. Weak tags and tags that are not ours match nothing (RFC 9110 section 13.1.1).
    /// </summary>
    public static bool TryReadCondition(HttpRequest request, out WriteCondition condition, [NotNullWhen(false)] out ProblemResult? problem)
    {
        condition = WriteCondition.None;
        problem = null;
        var (ifMatch, ifNoneMatch) = (request.Headers.IfMatch, request.Headers.IfNoneMatch);
        if (ifNoneMatch.Count > 0)
        {
            if (ifNoneMatch is not ["*"])
                problem = Problem.Of(ProblemType.BadRequest, "If-None-Match of a write must be *: there must be none yet.");
            // With both, one of them fails.
            condition = ifMatch.Count == 0 ? WriteCondition.MustNotExist : WriteCondition.Version(None);
        }
        else if (ifMatch.Count > 0)
        {
            if (!EntityTagHeaderValue.TryParseList(ifMatch, out var tags))
                problem = Problem.Of(ProblemType.BadRequest, "If-Match must be * or an ETag in double quotes, as a GET sent it.");
            else if (tags.Contains(EntityTagHeaderValue.Any))
                condition = WriteCondition.MustExist;
            else if (tags.Count > 1)
                problem = Problem.Of(ProblemType.BadRequest, "If-Match must name one ETag: the one of the representation that the change is based on.");
            else
                condition = WriteCondition.Version(Version(tags[0]));
        }

        return problem is null;
    }

    private static long Version(EntityTagHeaderValue tag) =>
        !tag.IsWeak
        && tag.Tag.AsSpan() is ['"', Form, .. var text, '"']
        && long.TryParse(WithoutCoding(text), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : None;

    // The tag of a compressed answer ends in its coding: a7-br. It names the same version.
    private static ReadOnlySpan<char> WithoutCoding(ReadOnlySpan<char> text) => text switch
    {
        [.. var version, '-', 'b', 'r'] => version,
        [.. var version, '-', 'g', 'z', 'i', 'p'] => version,
        _ => text,
    };
}

namespace HotShelf.ProductApi.Problems;

/// <summary>The problems that endpoints answer with.</summary>
internal static class Problem
{
    public static ProblemResult Of(ProblemType type, string? detail = null) => new(type, detail);

    /// <summary>Names each field or parameter that is wrong.</summary>
    public static ProblemResult Validation(IDictionary<string, string[]> errors) =>
        new(ProblemType.Validation, string.Join("; ", errors.SelectMany(error => error.Value)), errors);

    public static ProblemResult Validation(string name, string message) =>
        Validation(new Dictionary<string, string[]>(StringComparer.Ordinal) { [name] = [message] });

    public static ProblemResult NotFound(string what) => new(ProblemType.NotFound, what);

    public static ProblemResult Unavailable(string detail, TimeSpan retryAfter) => new(ProblemType.Unavailable, detail, retryAfter: retryAfter);
}

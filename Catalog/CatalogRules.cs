using System.Text.RegularExpressions;

namespace HotShelf.Catalog;

/// <summary>
/// What the catalog accepts from callers; says what is wrong in words, field by field. The database's constraints refuse nothing of it, and leave room for more: prices of
/// twelve digits, and lengths in code points instead of UTF-16 units.
/// </summary>
public static partial class CatalogRules
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaximumNameLength = 200;

    /// <summary>The longest description, in characters.</summary>
    public const int MaximumDescriptionLength = 4000;

    /// <summary>The longest category slug, in characters.</summary>
    public const int MaximumCategoryLength = 40;

    /// <summary>The most tags a product, or favourite categories a profile, can have.</summary>
    public const int MaximumTags = 20;

    /// <summary>The longest tag, in characters.</summary>
    public const int MaximumTagLength = 40;

    /// <summary>The highest price.</summary>
    public const decimal MaximumPrice = 9_999_999.99m;

    /// <summary>The most decimals of an amount that cannot have been rounded when it was read: 28 digits without the seven before the point.</summary>
    private const int MaximumScale = 20;

    /// <summary>What is wrong with a product, by the JSON name of the field; empty when nothing is.</summary>
    public static IDictionary<string, string[]> Validate(ProductInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var errors = new Errors();
        errors.Unless(input.Sku is not null && Sku().IsMatch(input.Sku), "sku", "must be 3 to 32 of A-Z, 0-9 and '-', not beginning with '-'");
        errors.Unless(IsText(input.Name, MaximumNameLength) && input.Name!.Length > 0, "name", $"must have 1 to {MaximumNameLength} characters");
        errors.Unless(IsText(input.Description, MaximumDescriptionLength), "description", $"must have at most {MaximumDescriptionLength} characters");
        errors.Unless(IsCategory(input.Category), "category", CategoryRule);
        CheckAmount(errors, "price", input.Price);
        CheckCurrency(errors, input.Currency);
        errors.Unless(
            input.Tags is not { IsDefault: false } tags || (tags.Length <= MaximumTags && tags.All(tag => IsText(tag, MaximumTagLength) && tag.Length > 0)),
            "tags", $"must be at most {MaximumTags} words of 1 to {MaximumTagLength} characters");
        return errors.ByField;
    }

    /// <summary>What is wrong with a price, by the JSON name of the field; empty when nothing is.</summary>
    public static IDictionary<string, string[]> Validate(PriceInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var errors = new Errors();
        CheckAmount(errors, "amount", input.Amount);
        if (input.Currency is not null)
            CheckCurrency(errors, input.Currency);
        return errors.ByField;
    }

    /// <summary>What is wrong with a profile, by the JSON name of the field; empty when nothing is.</summary>
    public static IDictionary<string, string[]> Validate(ProfileInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var errors = new Errors();
        errors.Unless(IsText(input.DisplayName, 100) && input.DisplayName!.Length > 0, "displayName", "must have 1 to 100 characters");
        errors.Unless(
            // The shortest in code points, as the database counts; in UTF-16 units a single character can be two.
            IsText(input.Email, 254) && input.Email!.IndexOf('@', StringComparison.Ordinal) > 0 && input.Email.EnumerateRunes().Count() >= 3, "email", "must be an e-mail address of at most 254 characters");
        errors.Unless(input.Locale is not null && Locale().IsMatch(input.Locale), "locale", "must be a language, or a language and a country, such as de or en-GB");
        errors.Unless(
            input.FavouriteCategories is not { IsDefault: false } favourites || (favourites.Length <= MaximumTags && favourites.All(IsCategory)),
            "favouriteCategories", $"must be at most {MaximumTags} categories; a category {CategoryRule}");
        return errors.ByField;
    }

    /// <summary>Whether a text is a category's slug: up to <see cref="MaximumCategoryLength"/> of <c>a-z</c>, <c>0-9</c> and single hyphens between them.</summary>
    public static bool IsCategory(string? text) => text is { Length: > 0 and <= MaximumCategoryLength } && Slug().IsMatch(text);

    /// <summary>Whether a text names a user: 1 to 64 of letters, digits, <c>_</c> and <c>-</c>.</summary>
    public static bool IsUserId(string? text) => text is not null && UserId().IsMatch(text);

    internal static readonly string CategoryRule = $"must be lower-case letters, digits and single hyphens, at most {MaximumCategoryLength} characters";

    // Postgres stores no NUL in text, and half of a surrogate pair is not UTF-8.
    private static bool IsText(string? text, int maximum) =>
        text is not null && text.Length <= maximum && !text.Contains('\0', StringComparison.Ordinal) && IsWellFormed(text);

    internal static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    // Reading JSON rounds to the 28 digits of decimal: 1e-30 arrives as zero with 28 decimals. Written zeros, as in 5.000, are accepted.
    private static bool HasTwoDecimals(decimal amount) => amount.Scale <= MaximumScale && decimal.Round(amount, 2) == amount;

    private static void CheckAmount(Errors errors, string field, decimal? amount) => errors.Unless(
        amount is >= 0 and <= MaximumPrice && HasTwoDecimals(amount.Value), field, $"must be a number from 0 to {MaximumPrice} with at most two decimals");

    private static void CheckCurrency(Errors errors, string? currency) =>
        errors.Unless(currency is not null && Iso4217().IsMatch(currency), "currency", "must be an ISO 4217 code such as EUR");

    [GeneratedRegex(@"\A[A-Z0-9][A-Z0-9-]{2,31}\z")]
    private static partial Regex Sku();

    [GeneratedRegex(@"\A[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Slug();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex UserId();

    [GeneratedRegex(@"\A[a-z]{2}(-[A-Z]{2})?\z")]
    private static partial Regex Locale();

    [GeneratedRegex(@"\A[A-Z]{3}\z")]
    private static partial Regex Iso4217();

    private sealed class Errors
    {
        public Dictionary<string, string[]> ByField { get; } = new(StringComparer.Ordinal);

        public void Unless(bool right, string field, string message)
        {
            if (!right)
                ByField[field] = [$"{field} {message}"];
        }
    }
}

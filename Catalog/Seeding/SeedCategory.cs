namespace HotShelf.Catalog.Seeding;

/// <summary>The words that products of one category are put together from.</summary>
/// <param name="Slug">The category's name in the catalog.</param>
/// <param name="Prefix">How its SKUs begin.</param>
/// <param name="Cheapest">Lowest usual price, in cents.</param>
/// <param name="Dearest">Highest usual price, in cents.</param>
/// <param name="Nouns">What is sold, singular.</param>
/// <param name="Materials">What it is made of or built around.</param>
/// <param name="Features">Completes "It has ...".</param>
/// <param name="Uses">Completes "Made for ...".</param>
/// <param name="Variants">Colours, sizes or editions.</param>
internal sealed record SeedCategory(
    string Slug, string Prefix, int Cheapest, int Dearest, string[] Nouns, string[] Materials, string[] Features, string[] Uses, string[] Variants)
{
    /// <summary>All categories, in the order products are dealt to them.</summary>
    public static IReadOnlyList<SeedCategory> All { get; } =
    [
        .. SeedVocabulary.Home, .. SeedVocabulary.Electronics, .. SeedVocabulary.Outdoors, .. SeedVocabulary.Leisure,
    ];
}

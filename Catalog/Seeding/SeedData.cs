using System.Text;

namespace HotShelf.Catalog.Seeding;

/// <summary>A price that a product once had.</summary>
internal sealed record SeedPrice(int Cents, DateTime AsOf);

/// <summary>A product to seed; its last price is the current one.</summary>
internal sealed record SeedProduct(int Id, string Sku, string Name, string Description, string Category, string[] Tags, DateTime UpdatedAt, IReadOnlyList<SeedPrice> Prices);

/// <summary>A profile to seed.</summary>
internal sealed record SeedProfile(string UserId, string DisplayName, string Email, string Locale, string[] FavouriteCategories, DateTime UpdatedAt);

/// <summary>The first data of a database: the same 10,000 products and 1,000 profiles in every one, in every version.</summary>
internal static class SeedData
{
    public const int ProductCount = 10_000;
    public const int ProfileCount = 1_000;

    // A fixed day, so that no seed depends on when it was sown.
    private static readonly DateTime s_today = new(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc);

    public static IEnumerable<SeedProduct> Products()
    {
        for (var id = 1; id <= ProductCount; id++)
            yield return Product(id);
    }

    public static IEnumerable<SeedProfile> Profiles()
    {
        for (var number = 1; number <= ProfileCount; number++)
            yield return Profile(number);
    }

    private static SeedProduct Product(int id)
    {
        // Each product has a stream of random numbers of its own: a longer description of one doesn't change the next.
        var random = new SeedRandom((ulong)id * 7919);
        var category = SeedCategory.All[(id - 1) % SeedCategory.All.Count];
        var (brand, line, noun, variant) = (random.Pick(SeedVocabulary.Brands), random.Pick(SeedVocabulary.Lines), random.Pick(category.Nouns), random.Pick(category.Variants));
        var prices = Prices(category, random);
        return new SeedProduct(
            id,
            $"{category.Prefix}-{id:D5}",
            $"{brand} {line} {noun}, {variant}",
            Description(category, random, brand, line, noun),
            category.Slug,
            [noun.ToLowerInvariant(), .. random.PickSome(SeedVocabulary.TagWords, 1 + random.Next(4))],
            prices[0].AsOf > s_today.AddDays(-1) ? prices[0].AsOf : prices[0].AsOf.AddMinutes(random.Next((int)(s_today - prices[0].AsOf).TotalMinutes)),
            prices);
    }

    private static string Description(SeedCategory category, SeedRandom random, string brand, string line, string noun)
    {
        const int Shortest = 200;
        const int Longest = 2000;
        var target = random.NextLow(Shortest, Longest - 150);
        var text = new StringBuilder(target + 150);
        text.Append(Fill(random.Pick(SeedVocabulary.Openings)));
        while (text.Length < target)
        {
            // All sentences once before any comes again.
            foreach (var sentence in random.PickSome(SeedVocabulary.Sentences, SeedVocabulary.Sentences.Length))
            {
                text.Append(' ').Append(Fill(sentence));
                if (text.Length >= target)
                    break;
            }
        }

        return text.ToString();

        string Fill(string pattern)
        {
            var filled = pattern
                .Replace("{name}", $"{brand} {line}", StringComparison.Ordinal).Replace("{brand}", brand, StringComparison.Ordinal).Replace("{line}", line, StringComparison.Ordinal)
                .Replace("{noun}", noun.ToLowerInvariant(), StringComparison.Ordinal).Replace("{material}", random.Pick(category.Materials), StringComparison.Ordinal)
                .Replace("{feature}", random.Pick(category.Features), StringComparison.Ordinal).Replace("{use}", random.Pick(category.Uses), StringComparison.Ordinal);
            return char.ToUpperInvariant(filled[0]) + filled[1..];
        }
    }

    // One to six prices over two years; steps of up to a fifth, ending in .99, .90, .50 or .00.
    private static List<SeedPrice> Prices(SeedCategory category, SeedRandom random)
    {
        var cents = random.NextLow(category.Cheapest, category.Dearest);
        var count = random.NextLow(1, 6);
        var prices = new List<SeedPrice>(count);
        var asOf = s_today.AddDays(-730 + random.Next(60));
        for (var i = 0; i < count; i++)
        {
            var rounded = (cents / 100 * 100) + new[] { 99, 90, 50, 0 }[random.Next(4)];
            prices.Add(new SeedPrice(Math.Max(rounded, 99), asOf));
            cents = Math.Max(100, cents * (80 + random.Next(41)) / 100);
            asOf = asOf.AddDays(10 + random.Next(100)).AddMinutes(random.Next(1440));
        }

        return prices;
    }

    private static SeedProfile Profile(int number)
    {
        var random = new SeedRandom((ulong)number * 104_729);
        var (first, last) = (random.Pick(SeedVocabulary.FirstNames), random.Pick(SeedVocabulary.LastNames));
        var slugs = SeedCategory.All.Select(category => category.Slug).ToArray();
        return new SeedProfile(
            $"u{number:D4}",
            $"{first} {last}",
            $"{first.ToLowerInvariant()}.{last.ToLowerInvariant()}.{number}@example.com",
            random.Pick(SeedVocabulary.Locales),
            random.PickSome(slugs, 1 + random.Next(4)),
            s_today.AddMinutes(-random.Next(525_600)));
    }
}

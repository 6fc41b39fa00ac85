using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HotShelf.Catalog.Seeding;

namespace HotShelf.Catalog.Tests;

public class SeedTests
{
    [Fact]
    public void Products_Everywhere_AreTheSame()
    {
        var text = new StringBuilder();
        foreach (var product in SeedData.Products())
        {
            text.Append(CultureInfo.InvariantCulture, $"{product.Id}|{product.Sku}|{product.Name}|{product.Description}|{product.Category}|{string.Join(',', product.Tags)}|{product.UpdatedAt:O}");
            foreach (var price in product.Prices)
                text.Append(CultureInfo.InvariantCulture, $"|{price.Cents}@{price.AsOf:O}");
            text.Append('\n');
        }

        foreach (var profile in SeedData.Profiles())
            text.Append(CultureInfo.InvariantCulture, $"{profile.UserId}|{profile.DisplayName}|{profile.Email}|{profile.Locale}|{string.Join(',', profile.FavouriteCategories)}|{profile.UpdatedAt:O}\n");
        // A new value here means that new databases differ from those that exist.
        Assert.Equal("54acbe251cc81e5bd5c1e059ee923c800f59c5804bfc5e154bc0aeb50c7d43f5", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))));
    }

    [Fact]
    public void Products_All_LookRealAndAreWithinTheRules()
    {
        var products = SeedData.Products().ToList();
        Assert.Equal(10_000, products.Count);
        Assert.Equal(10_000, products.Select(product => product.Sku).Distinct().Count());
        Assert.Equal(20, products.Select(product => product.Category).Distinct().Count());
        Assert.True(products.Select(product => product.Name).Distinct().Count() > 9_500);
        Assert.True(products.Select(product => product.Description).Distinct().Count() == 10_000);
        Assert.InRange(products.Min(product => product.Description.Length), 200, 300);
        Assert.InRange(products.Max(product => product.Description.Length), 1_800, 2_000);
        Assert.InRange(products.Average(product => product.Prices.Count), 2, 4);
        Assert.All(products, product =>
        {
            Assert.Equal(product.Prices.OrderBy(price => price.AsOf), product.Prices);
            Assert.DoesNotContain('{', product.Description);
            Assert.Empty(CatalogRules.Validate(new ProductInput
            {
                Sku = product.Sku,
                Name = product.Name,
                Description = product.Description,
                Category = product.Category,
                Price = product.Prices[^1].Cents / 100m,
                Currency = "EUR",
                Tags = [.. product.Tags],
            }));
        });
    }
}

namespace HotShelf.ProductApi.Products;

/// <summary>The examples in the API's description.</summary>
internal static class ProductExamples
{
    public const string Input = """
        {"sku":"FUR-90001","name":"Oak Chair","description":"A chair of solid oak.","category":"furniture","price":129.00,"currency":"EUR","tags":["chair","oak"]}
        """;

    public const string Product = """
        {"id":42,"sku":"FUR-90001","name":"Oak Chair","description":"A chair of solid oak.","category":"furniture","price":129.00,"currency":"EUR","tags":["chair","oak"],"updatedAt":"2026-01-31T12:00:00+00:00"}
        """;

    public const string List = $$"""{"items":[{{Product}}],"page":1,"pageSize":1,"total":517,"next":"MHw0Mnw"}""";

    public const string Batch = $$"""{"items":[{{Product}}],"missing":[99999999]}""";

    public const string Price = """{"productId":42,"amount":129.00,"currency":"EUR","asOf":"2026-01-31T12:00:00+00:00"}""";
}

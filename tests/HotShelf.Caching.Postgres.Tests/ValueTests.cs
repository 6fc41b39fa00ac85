using HotShelf.Caching.Postgres.Internal;

namespace HotShelf.Caching.Postgres.Tests;

public class ValueTests
{
    private enum Shade
    {
        DarkBlue = 3,
        SKY_BLUE = 4,
    }

    private sealed record Card<T>(T CardNumber);

    private sealed class CardWithProperty
    {
        public long CardNumber { get; set; }
    }

    [Fact]
    public void Parse_TextOfPostgres_GivesTheValue()
    {
        Assert.Equal(42, ColumnText.Parse("42", typeof(int?)));
        Assert.Equal(12.50m, ColumnText.Parse("12.50", typeof(decimal)));
        Assert.Equal(true, ColumnText.Parse("t", typeof(bool)));
        Assert.Equal(new DateTimeOffset(2026, 11, 26, 5, 4, 3, 210, TimeSpan.Zero), ColumnText.Parse("2026-11-26 05:04:03.21+00", typeof(DateTimeOffset)));
        Assert.Equal(new DateTime(2026, 11, 26, 5, 4, 3), ColumnText.Parse("2026-11-26 05:04:03", typeof(DateTime)));
        Assert.Equal(new DateOnly(2026, 11, 26), ColumnText.Parse("2026-11-26", typeof(DateOnly)));
        Assert.Equal(Shade.DarkBlue, ColumnText.Parse("dark_blue", typeof(Shade)));
        Assert.Equal(new[] { "a", "b, \"c\"", "" }, ColumnText.Parse("""{a,"b, \"c\"",NULL,""}""", typeof(string[])));
        Assert.Equal(new[] { 1, 2 }, ColumnText.Parse("{1,2}", typeof(int[])));
        Assert.Equal(Array.Empty<int>(), ColumnText.Parse("{}", typeof(int[])));
        Assert.Null(ColumnText.Parse(null, typeof(int)));
    }

    [Theory]
    [InlineData("DarkBlue", Shade.DarkBlue)]
    [InlineData("DARK-BLUE", Shade.DarkBlue)]
    [InlineData("dark blue", Shade.DarkBlue)]
    [InlineData("3", Shade.DarkBlue)]
    [InlineData("SKY_BLUE", Shade.SKY_BLUE)]
    [InlineData("sky-blue", Shade.SKY_BLUE)]
    [InlineData("skyblue", Shade.SKY_BLUE)]
    public void Parse_LabelOfAnEnum_ComparesLettersAndDigits(string label, object expected) => Assert.Equal(expected, ColumnText.Parse(label, typeof(Shade)));

    [Theory]
    [InlineData("2026-11-26 05:04:03+00")]
    [InlineData("2026-11-26 07:04:03+02")]
    [InlineData("2026-11-25 23:34:03-05:30")]
    public void Parse_TimeWithAZone_IsUtc(string text)
    {
        var time = Assert.IsType<DateTime>(ColumnText.Parse(text, typeof(DateTime)));
        Assert.Equal((new DateTime(2026, 11, 26, 5, 4, 3), DateTimeKind.Utc), (time, time.Kind));
        Assert.Equal(TimeSpan.Zero, Assert.IsType<DateTimeOffset>(ColumnText.Parse(text, typeof(DateTimeOffset))).Offset);
    }

    /// <summary>Of the types boolean and bit(1).</summary>
    [Theory]
    [InlineData("t", true)]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("f", false)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    public void Parse_Boolean_GivesTheValue(string text, bool expected) => Assert.Equal(expected, ColumnText.Parse(text, typeof(bool)));

    [Theory]
    [InlineData("yes")]
    [InlineData("10")]
    [InlineData("")]
    public void Parse_WhatIsNoBoolean_IsRefused(string text) => Assert.Throws<FormatException>(() => ColumnText.Parse(text, typeof(bool)));

    [Fact]
    public void Parse_ArrayOfTwoDimensions_IsRefused()
    {
        Assert.Throws<FormatException>(() => ColumnText.Parse("{{a,b},{c,d}}", typeof(string[])));
        Assert.Equal(new[] { "{a}", "{" }, ColumnText.Parse("""{"{a}",\{}""", typeof(string[])));
    }

    [Fact]
    public void Get_OfNull_IsTheDefault()
    {
        var row = new ChangedRow(new Columns(["id", "total"]), ["1", null]);
        Assert.Equal((1, 0, null), (row.Get<int>("id"), row.Get<int>("total"), row.Get<int?>("total")));
    }

    [Fact]
    public void Columns_WhoseNamesDifferByCase_AreFoundByTheirExactNames()
    {
        var row = new ChangedRow(new Columns(["Id", "id", "ORDER_ID", "OrderId"]), ["1", "2", "3", "4"]);
        Assert.Equal(("1", "2", "3", "4"), (row["Id"], row["id"], row["ORDER_ID"], row["OrderId"]));
        Assert.Equal("3", new ChangedRow(new Columns(["id", "ORDER_ID"]), ["1", "3"])["OrderId"]);
    }

    [Fact]
    public void Create_ValueOfAnotherType_NamesTheColumnAndNotTheValue()
    {
        var columns = new Columns(["id", "card_number"]);
        string[] values = ["1", "4111111111111111x"];
        Func<object?>[] reads =
        [
            Create<int>, Create<short?>, Create<decimal>, Create<Guid>, Create<DateTime>, Create<Shade>, Create<int[]>,
            () => new RowLayout<CardWithProperty>("cards", columns).Create(values), () => new ChangedRow(columns, values).Get<long>("card_number"),
        ];
        foreach (var read in reads)
        {
            var failure = Assert.Throws<FormatException>(read);
            Assert.Contains("'card_number'", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("4111", failure.ToString(), StringComparison.Ordinal);
        }

        object Create<T>() => new RowLayout<Card<T>>("cards", columns).Create(values);
    }

    [Theory]
    [InlineData("100:100:", 42, true)]
    [InlineData("90:100:95,99", 42, true)]
    [InlineData("42:100:42", 42, false)]
    [InlineData("40:42:", 42, false)]
    [InlineData("40:43:", 42, true)]
    // The lower half of the ids has begun anew: 4294967290 is older than 10 and later than 4294967280.
    [InlineData("8589934602:8589934602:", 4294967290, true)]
    [InlineData("8589934576:8589934576:", 4294967290, false)]
    public void IsVisible_Snapshot_ContainsTheTransaction(string snapshot, uint transaction, bool expected) =>
        Assert.Equal(expected, Visibility.IsVisible(snapshot, Ids(transaction)));

    [Theory]
    [InlineData("100:100:", true)]
    [InlineData("42:100:42", false)]
    [InlineData("30:100:30,63,65", true)]
    [InlineData("30:100:99", false)]
    [InlineData("99:99:", false)]
    public void IsVisible_Snapshot_ContainsAllOfManyTransactions(string snapshot, bool expected) =>
        Assert.Equal(expected, Visibility.IsVisible(snapshot, Ids(64, 42, 99, 31)));

    /// <summary>As while Redis is away for an hour.</summary>
    [Fact]
    public void TransactionIds_OfMillions_TakeLittleMemory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var ids = new TransactionIds();
        for (var id = 4_294_000_000u; id != 3_000_000u; id++)
            ids.Add(id);
        Assert.Equal(2_999_999u, ids.Latest);
        Assert.True(ids.Contains(4_294_000_000) && ids.Contains(0) && ids.Contains(2_999_999) && !ids.Contains(3_000_000) && !ids.Contains(4_293_999_999));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8_000_000);
    }

    [Fact]
    public void Remove_TwoVersions_KeepsTheLaterAndNoVersionWins()
    {
        var to = new Invalidations();
        to.Remove("a:1", 5);
        to.Remove("a:1", 3);
        Assert.Equal(5, to.Keys["a:1"]);
        to.Remove("a:1");
        to.Remove("a:1", 9);
        Assert.Equal(0, to.Keys["a:1"]);
    }

    [Fact]
    public void Remove_VersionZero_RemovesAnyWhateverElseIsNamed()
    {
        var to = new Invalidations();
        // An update, and then a delete whose old row has no version: an entry of the update's version is stale.
        to.Remove("a:1", 5);
        to.Remove("a:1", 0);
        Assert.Equal(0, to.Keys["a:1"]);
    }

    private static TransactionIds Ids(params uint[] all)
    {
        var ids = new TransactionIds();
        foreach (var id in all)
            ids.Add(id);
        return ids;
    }
}

using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore.Tests;

public class HeaderTests
{
    [Theory]
    [InlineData(CacheTier.L1, CacheResult.Hit, false, false, 3580.9, "hotshelf; hit; ttl=3580; detail=l1")]
    [InlineData(CacheTier.L2, CacheResult.Hit, false, false, 0.4, "hotshelf; hit; ttl=0; detail=l2")]
    [InlineData(CacheTier.L1, CacheResult.Stale, false, false, -11.2, "hotshelf; hit; ttl=-12; detail=stale")]
    [InlineData(CacheTier.Origin, CacheResult.Miss, true, false, 3600, "hotshelf; fwd=miss; stored; detail=origin")]
    [InlineData(CacheTier.Origin, CacheResult.Miss, true, true, 3600, "hotshelf; fwd=miss; stored; collapsed; detail=origin")]
    [InlineData(CacheTier.Origin, CacheResult.Miss, false, false, 0, "hotshelf; fwd=miss; detail=origin")]
    [InlineData(CacheTier.Origin, CacheResult.Miss, false, true, 0, "hotshelf; fwd=miss; collapsed; detail=origin")]
    [InlineData(CacheTier.Origin, CacheResult.Bypass, false, false, 0, "hotshelf; fwd=bypass")]
    public void CacheStatus_EachResult_AsRfc9211WritesIt(CacheTier tier, CacheResult result, bool stored, bool joined, double left, string expected) =>
        Assert.Equal(expected, CacheStatusHeader.Format(Observed(tier, result, stored, joined, left: left)));

    [Fact]
    public void CacheStatus_NoRead_Nothing() => Assert.Null(CacheStatusHeader.Format(CacheObservation.Begin()));

    [Fact]
    public void CacheStatus_Unlimited_HasNoTtl()
    {
        var observation = CacheObservation.Begin();
        observation.Record("x", CacheTier.L1, CacheResult.Hit, timeToLive: TimeSpan.MaxValue);
        Assert.Equal("hotshelf; hit; detail=l1", CacheStatusHeader.Format(observation));
    }

    [Theory]
    [InlineData(CacheResult.Miss)]
    [InlineData(CacheResult.Bypass)]
    public void CacheControl_OneOfSeveralReadsNotStored_IsNotKeptThoughAnotherMayBe(CacheResult notStored)
    {
        var header = new CacheControlHeader(new CachePolicy { Grace = TimeSpan.FromSeconds(60) }, isPrivate: false);
        foreach (var other in new[] { CacheResult.Hit, CacheResult.Stale })
        {
            var observation = CacheObservation.BeginCombined();
            observation.Record("x", CacheTier.L1, other, timeToLive: TimeSpan.FromSeconds(other == CacheResult.Hit ? 100 : -5));
            observation.Record("y", CacheTier.Origin, notStored);
            observation.Record("x", CacheTier.L1, other, timeToLive: TimeSpan.FromSeconds(other == CacheResult.Hit ? 100 : -5));
            Assert.Equal("public, no-cache", header.Format(observation));
        }
    }

    [Theory]
    [InlineData(0, 3600, "public, max-age=3600, stale-while-revalidate=60, stale-if-error=60")]
    [InlineData(100, 3500, "public, max-age=3600, stale-while-revalidate=60, stale-if-error=60")]
    [InlineData(3612, -12, "public, max-age=3600, stale-while-revalidate=60, stale-if-error=60")]
    public void CacheControl_AnyAge_LeavesTheClientWhatThisCacheHasLeft(double age, double left, string expected)
    {
        var header = new CacheControlHeader(new CachePolicy { Grace = TimeSpan.FromSeconds(60) }, isPrivate: false);
        Assert.Equal(expected, header.Format(Observed(CacheTier.L1, CacheResult.Hit, false, false, age, left)));
    }

    [Theory]
    [InlineData(0, 28.6)]
    [InlineData(0.4, 28.2)]
    [InlineData(0.7, 27.9)]
    [InlineData(1, 27.6)]
    [InlineData(28.3, 0.3)]
    public void CacheControl_BetweenTwoSeconds_SameMaxAgeInAllAnswersAndNeverMoreThanIsLeft(double age, double left)
    {
        var observation = Observed(CacheTier.L1, CacheResult.Hit, false, false, age, left);
        Assert.Equal("public, max-age=28", new CacheControlHeader(new CachePolicy(), isPrivate: false).Format(observation));
        Assert.InRange(28 - Seconds.Age(observation), -1, left);
    }

    [Fact]
    public void Age_AnswerJustMade_IsZero() => Assert.Equal(0, Seconds.Age(Observed(CacheTier.Origin, CacheResult.Miss, true, false, 0.004, 30)));

    [Fact]
    public void CacheControl_PrivateWithoutGraceNegativeAndUnstored_SaySo()
    {
        var header = new CacheControlHeader(new CachePolicy(), isPrivate: true);
        Assert.Equal("private, max-age=30", header.Format(Observed(CacheTier.L1, CacheResult.Hit, false, false, 10, 20)));
        Assert.Equal("private, no-cache", header.Format(Observed(CacheTier.Origin, CacheResult.Miss, false, false)));
        var graceful = new CacheControlHeader(new CachePolicy { Grace = TimeSpan.FromSeconds(60) }, isPrivate: false);
        Assert.Equal("public, max-age=10", graceful.Format(Observed(CacheTier.L1, CacheResult.Hit, false, false, 0, 10), isNegative: true));
    }

    [Theory]
    [InlineData(CacheResult.Hit, 0, 3600, "public, must-revalidate, max-age=0, s-maxage=30")]
    [InlineData(CacheResult.Hit, 2000, 1600, "public, must-revalidate, max-age=0, s-maxage=30")]
    [InlineData(CacheResult.Hit, 2, 7.5, "public, must-revalidate, max-age=0, s-maxage=9")]
    [InlineData(CacheResult.Hit, 0, 0.5, "public, no-cache")]
    [InlineData(CacheResult.Stale, 3610, -10, "public, no-cache")]
    [InlineData(CacheResult.Miss, 0, 0, "public, no-cache")]
    public void CacheControl_AlwaysRevalidate_BrowsersKeepNothingAndSharedCachesAtMostTheShorterLifetime(CacheResult result, double age, double left, string expected)
    {
        var header = new CacheControlHeader(new CachePolicy { Grace = TimeSpan.FromHours(1) }, isPrivate: false, TimeSpan.FromSeconds(30));
        Assert.Equal(expected, header.Format(Observed(CacheTier.L1, result, false, false, age, left)));
    }

    [Fact]
    public void CacheControl_AlwaysRevalidateWithoutASharedLifetimeOrPrivate_NoCache()
    {
        var hit = Observed(CacheTier.L1, CacheResult.Hit, false, false, 10, 20);
        Assert.Equal("public, no-cache", new CacheControlHeader(new CachePolicy(), isPrivate: false, TimeSpan.Zero).Format(hit));
        Assert.Equal("private, no-cache", new CacheControlHeader(new CachePolicy(), isPrivate: true, TimeSpan.FromSeconds(30)).Format(hit));
    }

    [Theory]
    [InlineData("\"a7\"", true)]
    [InlineData("W/\"a7\"", true)]
    [InlineData("\"x\", W/\"a7\"", true)]
    [InlineData("*", true)]
    [InlineData("\"a8\"", false)]
    [InlineData("a7", false)]
    [InlineData("", false)]
    [InlineData("\"a7", false)]
    public void IfNoneMatch_Header_ComparedWeakly(string header, bool expected) => Assert.Equal(expected, EntityTags.Matches(header, "\"a7\""));

    [Theory]
    [InlineData("\"a7\"", true)]
    [InlineData("\"x\", \"a7\"", true)]
    [InlineData("*", true)]
    [InlineData("W/\"a7\"", false)]
    [InlineData("\"a8\"", false)]
    [InlineData("a7", false)]
    public void IfMatch_Header_ComparedStrongly(string header, bool expected) => Assert.Equal(expected, EntityTags.MatchesStrongly(header, "\"a7\""));

    [Fact]
    public void IfMatch_WeakTag_MatchesNothingButAny()
    {
        Assert.False(EntityTags.MatchesStrongly("W/\"a7\"", "W/\"a7\""));
        Assert.True(EntityTags.MatchesStrongly("*", "W/\"a7\""));
    }

    [Theory]
    [InlineData("a7")]
    [InlineData("W/\"a7\"")]
    [InlineData("\"a 7\"")]
    [InlineData("\"a\"7\"")]
    [InlineData("\"")]
    public void PreparedContent_NotAStrongTag_Refused(string tag)
    {
        Assert.Throws<ArgumentException>(() => new PreparedContent(default, tag));
        Assert.Throws<ArgumentException>(() => new PreparedContent(0, static _ => { }, tag));
    }

    [Fact]
    public async Task PreparedContent_WrittenWhenSent_WritesOnlyForABody()
    {
        var times = 0;
        var content = new PreparedContent(5, body =>
        {
            times++;
            "hello"u8.CopyTo(body);
        }, "\"a7\"");
        Assert.Equal(("5", ""), await SendAsync(content, HttpMethods.Head));
        Assert.Equal(0, times);
        Assert.Equal(("5", "hello"), await SendAsync(content, HttpMethods.Get));
        Assert.Equal("hello"u8.ToArray(), content.Body.ToArray());
        Assert.Equal("hello"u8.ToArray(), content.Body.ToArray());
        Assert.Equal(2, times);
    }

    [Fact]
    public void PreparedContents_SameObject_PreparedOnce()
    {
        var times = 0;
        var contents = new PreparedContents<object>(_ => new PreparedContent(new byte[++times], null));
        var value = new object();
        Assert.Same(contents[value], contents[value]);
        Assert.NotSame(contents[value], contents[new object()]);
        Assert.Equal(2, times);
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("X-GZIP", "gzip")]
    [InlineData("gzip;q=1.0, br;q=0.5", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("*", "br")]
    [InlineData("br;q=0, *;q=0.1", "gzip")]
    [InlineData("identity, br;q=0.5", null)]
    [InlineData("identity;q=0.5, gzip;q=0.7", "gzip")]
    [InlineData("deflate", null)]
    [InlineData("br;q=0", null)]
    [InlineData("br;q=x", null)]
    [InlineData("br;q", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void ContentCoding_AcceptEncoding_HighestWeightAndBrotliFirst(string? header, string? expected) => Assert.Equal(expected, ContentCoding.Choose(header)?.Name);

    [Fact]
    public void PreparedContents_Compressed_MadeOnceWithItsOwnTagAndSameContent()
    {
        var body = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("""{"name":"Oak Chair"},""", 200)));
        var contents = new PreparedContents<object>(_ => new PreparedContent(body, "\"a7\""));
        var value = new object();
        var brotli = contents[value].In(ContentCoding.Brotli);
        Assert.Same(brotli, contents[value].In(ContentCoding.Brotli));
        Assert.Equal(("br", "\"a7-br\""), (brotli.ContentEncoding, brotli.EntityTag));
        Assert.Equal("\"a7-gzip\"", contents[value].In(ContentCoding.GZip).EntityTag);
        using var decoded = new MemoryStream();
        using (var stream = new System.IO.Compression.BrotliStream(new MemoryStream(brotli.Body.ToArray()), System.IO.Compression.CompressionMode.Decompress))
            stream.CopyTo(decoded);
        Assert.Equal(body, decoded.ToArray());
    }

    [Fact]
    public void PreparedContents_SmallIncompressibleOrNotKept_StayPlain()
    {
        var random = new byte[8192];
        new Random(7).NextBytes(random);
        foreach (var body in new[] { new byte[1023], random, new byte[(1024 * 1024) + 1] })
        {
            var content = new PreparedContents<object>(_ => new PreparedContent(body, null))[new object()];
            Assert.Same(content, content.In(ContentCoding.GZip));
        }

        var single = new PreparedContent(new byte[8192], null);
        Assert.Same(single, single.In(ContentCoding.Brotli));
    }

    private static async Task<(string Length, string Body)> SendAsync(PreparedContent content, string method)
    {
        using var sent = new MemoryStream();
        var http = new DefaultHttpContext { Request = { Method = method }, Response = { Body = sent } };
        await content.ExecuteAsync(http);
        return (http.Response.Headers.ContentLength.ToString()!, System.Text.Encoding.UTF8.GetString(sent.ToArray()));
    }

    private static CacheObservation Observed(CacheTier tier, CacheResult result, bool stored, bool joined, double age = 0, double left = 0)
    {
        var observation = CacheObservation.Begin();
        observation.Record("x", tier, result, joined, stored, TimeSpan.FromSeconds(age), TimeSpan.FromSeconds(left));
        return observation;
    }
}

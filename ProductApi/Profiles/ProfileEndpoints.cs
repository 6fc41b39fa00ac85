using System.Collections.Immutable;
using System.Text.Json;
using HotShelf.Caching.AspNetCore;
using HotShelf.Catalog;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.OpenApi;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Sessions;

namespace HotShelf.ProductApi.Profiles;

/// <summary>A user's profile.</summary>
internal sealed record ProfileResponse(string UserId, string DisplayName, string Email, string Locale, ImmutableArray<string> FavouriteCategories, DateTimeOffset UpdatedAt)
{
    public static ProfileResponse From(UserProfile profile) => new(
        profile.UserId, profile.DisplayName, profile.Email, profile.Locale, profile.FavouriteCategories.IsDefault ? [] : profile.FavouriteCategories, profile.UpdatedAt);
}

/// <summary>The profile of the user whose session it is. The user comes from the session alone, never from what the request says.</summary>
internal static class ProfileEndpoints
{
    private const string ProfileExample = """
        {"userId":"user-0001","displayName":"Ada","email":"ada@example.org","locale":"en-GB","favouriteCategories":["furniture"],"updatedAt":"2026-01-31T12:00:00+00:00"}
        """;

    private static readonly PreparedContents<UserProfile> s_contents = new(static profile => new(
        JsonSerializer.SerializeToUtf8Bytes(ProfileResponse.From(profile), ApiJson.Types.ProfileResponse), EntityVersion.Tag(profile.Version)));

    public static void MapProfiles(this IEndpointRouteBuilder app)
    {
        var profile = app.MapGroup("/users/me/profile").WithTags("Profiles").RequireSession();
        profile.MapGet("/", FindAsync).WithName("GetProfile").WithSummary("The caller's profile.")
            .Produces<ProfileResponse>().Problems(404).Cacheable().Examples(response: ProfileExample)
            .WithCacheHeaders(CatalogCacheKeys.UserProfileFamily, options =>
            {
                options.Private = true;
                options.AlwaysRevalidate = true;
                options.Vary.Add("Authorization");
            });
        profile.MapPut("/", SaveAsync).WithName("SaveProfile").WithSummary("Writes the caller's profile, new or not.")
            .TakesJson<ProfileInput>().IfMatch().IfNoneMatch().Produces<ProfileResponse>().Problems(400, 412, 413, 415)
            .Examples("""{"displayName":"Ada","email":"ada@example.org","locale":"en-GB","favouriteCategories":["furniture"]}""", ProfileExample);
    }

    private static async ValueTask<IResult> FindAsync(HttpContext http, IProfileReader profiles) =>
        await profiles.FindAsync(http.GetSession().UserId, http.RequestAborted) is { } profile ? s_contents[profile] : NoProfile();

    private static async Task<IResult> SaveAsync(HttpContext http, ICatalogWriter catalog)
    {
        if (!EntityVersion.TryReadCondition(http.Request, out var condition, out var problem))
            return problem;
        (var input, problem) = await JsonBody.ReadAsync(http.Request, ApiJson.Types.ProfileInput);
        if (input is null)
            return problem!;
        if (CatalogRules.Validate(input) is { Count: > 0 } errors)
            return Problem.Validation(errors);
        var written = await catalog.SaveProfileAsync(http.GetSession().UserId, input, condition, http.RequestAborted);
        return written is { Status: WriteStatus.Done, Value: { } saved }
            ? new Written(StatusCodes.Status200OK, s_contents[saved])
            : Problem.Of(ProblemType.PreconditionFailed, "The profile is not the one that the change is based on. Read it again, and change what is there.");
    }

    private static ProblemResult NoProfile() => Problem.NotFound("You have no profile yet; PUT one.");
}

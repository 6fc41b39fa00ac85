namespace HotShelf.ProductApi.Tests.Harness;

/// <summary>The API keys that test replicas accept.</summary>
internal static class Keys
{
    public const string Admin = "admin-key-for-tests-only";
    public const string Write = "write-key-for-tests-only";
    public const string NextWrite = "next-write-key-for-tests";
    public const string Sessions = "sessions-key-for-tests-only";
}

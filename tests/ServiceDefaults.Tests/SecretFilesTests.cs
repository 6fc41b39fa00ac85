using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class SecretFilesTests : IDisposable
{
    private const string Setting = "ServiceDefaults:SecretFiles";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hotshelf-secrets-");

    [Fact]
    public void SecretFiles_AFolder_WinsOverOtherSettings()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "ConnectionStrings__cache"), "from-a-file\n");
        using var app = TestApp.Create(out _, settings: [(Setting, _folder.FullName), ("ConnectionStrings:cache", "from-elsewhere")]);
        Assert.Equal("from-a-file", app.Configuration.GetConnectionString("cache"));
    }

    [Theory]
    [InlineData("/there/is/no/such/folder")]
    [InlineData("secrets")]
    public void SecretFiles_NoFolder_StopsTheStartNamingKeyAndValue(string folder)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => TestApp.Create(out _, settings: (Setting, folder)));
        Assert.Contains($"{Setting} is '{folder}'", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

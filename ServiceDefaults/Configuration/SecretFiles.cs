using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Configuration;

/// <summary>
/// Settings from a folder, one file each, as Docker and Kubernetes hand out secrets: <c>ConnectionStrings__cache</c> holds <c>ConnectionStrings:cache</c>.
/// Unlike the environment, files show in no process list and in no description of a container, and a changed one is taken up while running.
/// </summary>
internal static class SecretFiles
{
    private const string Key = $"{ServiceDefaultsOptions.SectionName}:{nameof(ServiceDefaultsOptions.SecretFiles)}";

    /// <summary>Comes last, so that a file wins over an environment variable of the same name.</summary>
    public static void AddSecretFiles(this IHostApplicationBuilder builder)
    {
        if (builder.Configuration[Key] is not { Length: > 0 } folder)
            return;
        if (!Path.IsPathRooted(folder) || !Directory.Exists(folder))
        {
            // Without its secrets a process would fail later, for a reason that names the wrong setting.
            throw new OptionsValidationException(ServiceDefaultsOptions.SectionName, typeof(ServiceDefaultsOptions),
                [$"{Key} is '{folder}'; allowed is the absolute path of a folder that exists."]);
        }

        builder.Configuration.AddKeyPerFile(folder, optional: false, reloadOnChange: true);
    }
}

using System.Text;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>Reads lines of bounded length: a program that never ends its line must not fill the memory.</summary>
internal static class BoundedLines
{
    public static IEnumerable<string> Of(TextReader reader)
    {
        var buffer = new char[4096];
        var line = new StringBuilder();
        int count;
        while ((count = reader.Read(buffer, 0, buffer.Length)) > 0)
        {
            for (var i = 0; i < count; i++)
            {
                var c = buffer[i];
                if (c != '\n')
                    line.Append(c);
                if (c == '\n' || line.Length >= ResourceLoggerService.MaximumLineLength)
                {
                    yield return line.ToString().TrimEnd('\r');
                    line.Clear();
                }
            }
        }

        if (line.Length > 0)
            yield return line.ToString();
    }
}

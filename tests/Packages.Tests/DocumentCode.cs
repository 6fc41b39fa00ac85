using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HotShelf.Packages.Tests;

/// <summary>The C# of a document: its code blocks, and the cells of a table that compares old calls with new ones. Compiler messages name the document's line.</summary>
internal sealed partial class DocumentCode(string repository, string document)
{
    private static readonly string[] s_usings =
    [
        "System.Diagnostics", "System.Security.Claims", "System.Text.Json", "HotShelf.Caching", "HotShelf.Caching.AspNetCore", "HotShelf.Caching.Fleet", "HotShelf.Caching.Postgres", "Microsoft.AspNetCore.Http.HttpResults",
        "Microsoft.AspNetCore.OutputCaching", "Microsoft.Extensions.Caching.Hybrid", "Microsoft.Extensions.Caching.StackExchangeRedis", "Microsoft.Extensions.DependencyInjection.Extensions",
        "Microsoft.Extensions.Time.Testing", "OpenTelemetry.Metrics", "OpenTelemetry.Trace", "ZiggyCreatures.Caching.Fusion", "ZiggyCreatures.Caching.Fusion.Backplane.StackExchangeRedis",
        "ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson", "Aspire.Hosting",
    ];

    private readonly string _name = NoLetter().Replace(document, "_");
    private readonly string[] _lines = File.ReadAllLines(Path.Combine(repository, document));

    /// <summary>One C# file for each piece of code.</summary>
    public IEnumerable<string> Files(string context)
    {
        for (var i = 0; i < _lines.Length; i++)
        {
            if (_lines[i] == "```csharp")
            {
                var end = Array.IndexOf(_lines, "```", i);
                yield return Compilable(context, i + 2, string.Join('\n', _lines[(i + 1)..end]));
                i = end;
            }
        }
    }

    /// <summary>The inline code of a table's column as statements.</summary>
    public IEnumerable<string> Cells(string header, int column, string context)
    {
        var start = Array.IndexOf(_lines, header);
        Assert.True(start >= 0, $"{document} has no table '{header}'.");
        for (var i = start + 2; i < _lines.Length && _lines[i].StartsWith('|'); i++)
        {
            var cells = _lines[i].Trim('|', ' ').Split(" | ");
            Assert.Equal(2, cells.Length);
            var code = cells[column].Trim();
            Assert.True(code.StartsWith('`') && code.EndsWith('`'), $"{document} line {i + 1}: not one piece of code: {code}");
            var expression = SyntaxFactory.ParseExpression(code.Trim('`'));
            var isStatement = expression is InvocationExpressionSyntax or AwaitExpressionSyntax or AssignmentExpressionSyntax;
            yield return Compilable(context, i + 1, $"{(isStatement ? "" : "_ = ")}{code.Trim('`')};");
        }
    }

    private string Compilable(string context, int line, string code)
    {
        var root = CSharpSyntaxTree.ParseText(code, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview)).GetCompilationUnitRoot();
        // A later block may use what an earlier one declares; a whole program stands alone.
        var space = root.Usings.Count == 0 ? _name : string.Create(CultureInfo.InvariantCulture, $"{_name}.Program{line}");
        var name = string.Create(CultureInfo.InvariantCulture, $"Line{line}{context}");
        var text = new StringBuilder();
        foreach (var used in s_usings.Except(root.Usings.Select(static used => used.Name!.ToString())))
            text.AppendLine(CultureInfo.InvariantCulture, $"using {used};");
        Append(root.Usings);
        // Members of a service without the interface around them.
        if (root.Members.OfType<GlobalStatementSyntax>().Any(static member => member.Statement is LocalFunctionStatementSyntax { Body: null, ExpressionBody: null }))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"namespace {space}\n{{\n[CachedService]\npublic interface I{name}\n{{");
            Append([root]);
            return text.AppendLine("}\n}").ToString();
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"namespace {space}\n{{\ninternal sealed class {name} : global::{context}\n{{\npublic static async System.Threading.Tasks.Task<object?> RunAsync()\n{{");
        Append(root.Members.OfType<GlobalStatementSyntax>());
        text.AppendLine("#line hidden\n#pragma warning disable CS0162\nreturn null;\n}\n}");
        Append(root.Members.Where(static member => member is not GlobalStatementSyntax));
        return text.AppendLine("}").ToString();

        void Append(IEnumerable<SyntaxNode> nodes)
        {
            foreach (var node in nodes)
            {
                var first = node.SyntaxTree.GetLineSpan(node.FullSpan).StartLinePosition.Line;
                text.AppendLine(CultureInfo.InvariantCulture, $"#line {line + first} \"{document}\"").AppendLine(node.ToFullString()).AppendLine("#line default");
            }
        }
    }

    [GeneratedRegex("[^A-Za-z0-9]")]
    private static partial Regex NoLetter();
}

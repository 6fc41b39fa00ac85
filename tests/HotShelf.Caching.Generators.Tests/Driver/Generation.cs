using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HotShelf.Caching.Generators.Tests.Driver;

/// <summary>One run of the generator over a few source files.</summary>
public sealed class Generation
{
    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) && path != typeof(Generation).Assembly.Location)
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path)),
        MetadataReference.CreateFromFile(typeof(Generation).Assembly.Location),
    ];

    private Generation(GeneratorDriver driver, CSharpCompilation input)
    {
        Driver = driver.RunGeneratorsAndUpdateCompilation(input, out var output, out var diagnostics);
        Input = input;
        Output = output;
        Diagnostics = diagnostics;
    }

    public GeneratorDriver Driver { get; }

    public CSharpCompilation Input { get; }

    public Compilation Output { get; }

    /// <summary>What the generator reported.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; }

    /// <summary>Warnings and errors of the compiler over everything, generated files included.</summary>
    public IEnumerable<Diagnostic> Problems => Output.GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning);

    /// <summary>What was written from the sources, by name.</summary>
    public IReadOnlyDictionary<string, string> Files => Driver.GetRunResult().Results.Single().GeneratedSources
        .Where(file => !file.HintName.StartsWith("Microsoft.CodeAnalysis.EmbeddedAttribute", StringComparison.Ordinal)).ToDictionary(file => file.HintName, file => file.SourceText.ToString());

    public static Generation Of(params string[] sources)
    {
        var trees = sources.Select((source, index) => Parse(source, $"File{index}.cs"));
        var compilation = CSharpCompilation.Create(
            "Shop", trees, s_references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        var options = new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true);
        return new Generation(CSharpGeneratorDriver.Create([new CachedServiceGenerator().AsSourceGenerator()], driverOptions: options), compilation);
    }

    /// <summary>The next run of the same driver, after an edit.</summary>
    public Generation After(Func<CSharpCompilation, CSharpCompilation> edit) => new(Driver, edit(Input));

    public static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(
        $"""
        using System;
        using System.Collections.Generic;
        using System.Threading;
        using System.Threading.Tasks;
        using HotShelf.Caching;
        using Microsoft.Extensions.DependencyInjection;

        namespace Shop;

        {source}
        """,
        path: path);
}

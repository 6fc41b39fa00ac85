using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HotShelf.Caching.Generators.Tests.Driver;

/// <summary>Surroundings in which generated code could bind to something else, or not compile.</summary>
public class CompilationTests
{
    [Fact]
    public void Interface_InGlobalNamespace_Compiles() => Compiles("""
        using HotShelf.Caching;
        using System.Threading.Tasks;

        [CachedService]
        public interface IShop
        {
            [Cached("product:{id}", Tags = ["p:{result}"])]
            ValueTask<string> FindAsync(int id);

            [Invalidates("product:{id}", "other:{id}")]
            Task SaveAsync(int id);
        }
        """);

    [Fact]
    public void Collection_ThatWithoutItsInterfaceHoldsObjects_Compiles() => Compiles("""
        using HotShelf.Caching;
        using System.Net;
        using System.Threading.Tasks;

        [CachedService]
        public interface ICookies
        {
            [Invalidates("cookie:{cookies.Name}", Tags = ["{cookies.Domain}"])]
            Task SaveAsync(CookieCollection cookies);
        }
        """);

    [Fact]
    public void Namespaces_WithKeywordsAndOwnTypesOfFamousNames_Compile() => Compiles("""
        namespace Shop.@event.System
        {
            public class Task;
            public class List<T>;
            public class CancellationToken;
            public class HybridCache;
            public class CacheKeyText;

            [global::HotShelf.Caching.CachedService]
            public interface IShop
            {
                [global::HotShelf.Caching.Cached("product:{id}", Tags = ["p:{result}"])]
                global::System.Threading.Tasks.Task<string> FindAsync(int id, global::System.Threading.CancellationToken token);

                [global::HotShelf.Caching.Cached("famous:{id}")]
                global::System.Threading.Tasks.ValueTask<List<Task>> FamousAsync(global::System.DayOfWeek id);

                [global::HotShelf.Caching.Invalidates("product:{id}", Tags = ["x:{ids}"])]
                global::System.Threading.Tasks.Task SaveAsync(int id, int[] ids);

                CancellationToken Forward(HybridCache cache, CacheKeyText text);
            }
        }

        namespace Shop.@event
        {
            public class ValueTask<T>;
            public class Guid;
        }
        """);

    [Fact]
    public void Namespace_WithANamespaceOfAFamousName_Compiles() => Compiles("""
        namespace TodoApp.Task { public record TodoItem(int Id); }
        namespace TodoApp.Guid { public record Other; }

        namespace TodoApp
        {
            [global::HotShelf.Caching.CachedService]
            public interface ITodos
            {
                [global::HotShelf.Caching.Cached("todo:{id}")]
                global::System.Threading.Tasks.Task<global::TodoApp.Task.TodoItem> FindAsync(global::System.Guid id);
            }
        }
        """);

    [Fact]
    public void NullableValuesAndElements_OnEveryPath_CompileWithoutWarnings() => Compiles(withWarnings: true, source: """
        #nullable enable
        using HotShelf.Caching;
        using System;
        using System.Collections.Generic;
        using System.Threading.Tasks;

        namespace Shop;

        public record struct Point(int X, Guid? Id, DateOnly? Day);
        public class Node { public Node? Next; public List<Node?>? Many { get; set; } public Point? Place; public string? Name; public DayOfWeek? Weekday; }

        [CachedService]
        public interface IShop
        {
            [Cached("a:{node.Next.Next.Name}:{node.Place.Day.Year}:{node.Weekday}:{maybe.Weekday}:{place.X}", Tags = ["a:{result.Day.Year}", "b:{result.Id}", "c:{node.Many.Place.X}"])]
            Task<Point?> FirstAsync(Node node, Node? maybe, Point? place);

            [Cached("b:{day.Year}", Tags = ["b:{result.Many.Name}", "c:{result.Many.Next.Weekday}", "d:{result.Place.Id}"])]
            ValueTask<Node?> SecondAsync(DateOnly? day);

            [Invalidates("c:{nodes.Place.X}", "d:{result.Name}", Tags = ["x:{more.Next.Name}", "y:{result.Next.Weekday}"])]
            Task<List<Node?>?> ThirdAsync(Node?[]? nodes, IEnumerable<Node> more);

            [Invalidates("c:{result.Y}", "e:{result.Node.Name}")]
            ValueTask<(int Y, Node Node)> FourthAsync();
        }
        """);

    [Fact]
    public void ObliviousInterface_WithoutNullable_Compiles() => Compiles("""
        #nullable disable
        using HotShelf.Caching;
        using System.Collections.Generic;
        using System.Threading.Tasks;

        namespace Shop;

        public class Product { public string Name; public List<Product> Parts; }

        [CachedService]
        public interface IShop
        {
            [Cached("a:{product.Name}", Tags = ["a:{result.Name}", "p:{result.Parts.Name}"])]
            Task<Product> FirstAsync(Product product, System.Threading.CancellationToken token = default);

            [Cached("b:{names}")]
            Task<IReadOnlyDictionary<string, Product>> ManyAsync(IReadOnlyList<string> names);

            [Invalidates("a:{products.Name}")]
            Task<Product> SaveAsync(IEnumerable<Product> products);
        }
        """);

    [Fact]
    public void PartialInterface_WithAttributeOnOnePart_IsWrittenOnceWithAllMembers()
    {
        var generation = Generation.Of(
            "[CachedService] public partial interface IShop { [Cached(\"a:{id}\")] ValueTask<string> FirstAsync(int id); }",
            "public partial interface IShop { [Cached(\"b:{id}\")] ValueTask<string> SecondAsync(int id); }");
        Assert.Empty(generation.Diagnostics);
        Assert.Empty(generation.Problems);
        Assert.Equal(2, generation.Files.Count);
    }

    [Theory]
    [InlineData("AddCached<IShop, Shop>(ServiceLifetime.Scoped)")]
    [InlineData("AddCached<IShop>(_ => new Shop(), ServiceLifetime.Scoped)")]
    public void AddCached_WithALifetime_DoesNotCompile(string call) => Assert.Equal(["CS1503"], Generation.Of($$"""
        [CachedService] public interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }
        public class Shop : IShop { public ValueTask<string> FindAsync(int id) => new(""); }
        public static class Setup { public static void Add(IServiceCollection services) => services.{{call}}; }
        """).Problems.Select(static problem => problem.Id));

    [Fact]
    public void AddCached_OfALibraryThatShowsItsInternals_IsNotMeant()
    {
        var library = Generation.Of("""
            [CachedService] public interface IShop { [Cached("product:{id}")] ValueTask<string> FindAsync(int id); }
            public class Shop : IShop { public ValueTask<string> FindAsync(int id) => new(""); }
            """).After(static compilation => compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("""[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Shop.Tests")]""")));
        Assert.Empty(library.Problems);

        var own = Beside("[CachedService] public interface IOwn; public class Own : IOwn;", "AddCached<IOwn, Own>()");
        Assert.Empty(own.Diagnostics);
        Assert.Empty(own.Problems);
        Assert.Equal("HSC020", Assert.Single(Beside("", "AddCached<IShop, Shop>()").Diagnostics).Id);

        Generation Beside(string types, string call) => Generation.Of($"{types} public static class Setup {{ public static void Add(IServiceCollection services) => services.{call}; }}")
            .After(compilation => compilation.WithAssemblyName("Shop.Tests").AddReferences(library.Output.ToMetadataReference()));
    }

    [Theory]
    [InlineData("HSC008", """public record Product(int Id) { internal int Key => Id; } [CachedService] public interface IBase { [Invalidates("product:{product.Key}")] Task SaveAsync(Product product); }""")]
    [InlineData("HSC010", """[CachedService] public interface IBase { [Cached("list:{category}")] Task<string> ByAsync(string category); }""", """[Cached("list:featured")] Task<string> FeaturedAsync();""")]
    [InlineData("HSC014", """public interface IBase { internal int Count() => 1; }""")]
    [InlineData("HSC014", """public interface IBase { int Count { get; internal set; } }""")]
    [InlineData("HSC014", """public interface IBase { protected internal event Action? Sold { add { } remove { } } }""")]
    public void InheritedService_OfALibrary_GetsItsErrorsOnTheDerivedOne(string id, string library, string members = "")
    {
        var other = Generation.Of(library);
        Assert.Empty(other.Diagnostics);
        Assert.Empty(other.Problems);

        var derived = Generation.Of($"[CachedService] public interface IShop : IBase {{ {members} }}")
            .After(compilation => compilation.WithAssemblyName("Shop.Services").AddReferences(other.Output.ToMetadataReference()));
        var found = Assert.Single(derived.Diagnostics);
        Assert.Equal(id, found.Id);
        Assert.Equal("IShop", derived.Input.SyntaxTrees[0].GetText().ToString(found.Location.SourceSpan));
    }

    [Fact]
    public void Namespace_WithATypeOfAFamousNameInALibrary_Compiles()
    {
        var library = Generation.Of("public class Task;");
        var services = Generation.Of("""[CachedService] public interface IShop { [Invalidates("product:{id}")] global::System.Threading.Tasks.Task SaveAsync(int id); }""")
            .After(compilation => compilation.WithAssemblyName("Shop.Services").AddReferences(library.Output.ToMetadataReference()));
        Assert.Empty(services.Diagnostics);
        Assert.Empty(services.Problems);
    }

    [Fact]
    public void NullableAttributes_OnForwardedMembers_CompileWithoutWarnings() => Compiles("""
        #nullable enable
        using HotShelf.Caching;
        using System.Diagnostics.CodeAnalysis;

        namespace Shop;

        public class Product;

        [CachedService]
        public interface IShop
        {
            bool TryFind(int id, [NotNullWhen(true)] out Product? product);
            bool TryGet<T>(int id, [MaybeNullWhen(false)] out T value);
            [DisallowNull] Product? Current { get; set; }
            [AllowNull] Product Last { get; set; }
            [return: MaybeNull] T First<T>();
        }
        """);

    [Fact]
    public void NullableStructs_AsResults_GiveVersionsChangesAndConditions() => Compiles("""
        #nullable enable
        using HotShelf.Caching;
        using System.Collections.Generic;
        using System.Threading.Tasks;

        namespace Shop;

        public record struct Done(bool IsDone);
        public record struct Snapshot(long Version, string? Change, Done? State);

        [CachedService]
        public interface IShop
        {
            [Cached("a:{id}", Version = "result.Version", Tags = ["a:{result.Version}"])]
            ValueTask<Snapshot?> FindAsync(int id);

            [Cached("b:{id}", Version = "result")]
            ValueTask<long?> VersionAsync(int id);

            [Cached("a:{ids}", Version = "result.Version")]
            Task<IReadOnlyDictionary<int, Snapshot?>> FindManyAsync(IReadOnlyList<int> ids);

            [Invalidates("a:{id}", Version = "result.Version", Tags = ["a:{id}"], Change = "result.Change", When = "result.State.IsDone")]
            Task<Snapshot?> SaveAsync(int id);

            [Invalidates("a:{id}", When = "result")]
            Task<bool?> RemoveAsync(int id);
        }
        """);

    [Fact]
    public void ObsoleteMembers_MarkedAsErrors_Compile() => Compiles("""
        #nullable enable
        using HotShelf.Caching;
        using System;
        using System.Threading.Tasks;

        namespace Shop;

        [CachedService]
        public interface IShop
        {
            [Obsolete("old", true)] void Forward();
            [Obsolete("old", true)] int Count { get; set; }
            [Obsolete("old", true)] event Action Sold;
            [Obsolete("old", true), Cached("a:{id}", Tags = ["a:{result}"])] Task<int> FindAsync(int id);
            [Obsolete("old", true), Invalidates("a:{id}")] Task SaveAsync(int id);
        }
        """);

    [Fact]
    public void MembersNamedByKeywords_OnEveryPath_Compile() => Compiles("""
        #nullable enable
        using HotShelf.Caching;
        using System;
        using System.Threading.Tasks;

        namespace Shop;

        public record Order(string @event, Order? @class, long @long, string? @string, bool @bool);

        [CachedService]
        public interface IShop
        {
            [Cached("a:{order.event}:{order.class.event}", Tags = ["a:{result.class.event}"], Version = "result.long")]
            Task<Order?> FindAsync(Order order);

            [Invalidates("a:{result.event}", Tags = ["a:{order.event}"], Version = "result.long", Change = "result.string", When = "result.bool")]
            Task<Order?> SaveAsync(Order order);

            event Action @event;
        }
        """);

    [Fact]
    public void MethodsNamedByKeywords_OnEveryPath_Compile() => Compiles("""
        #nullable enable
        using HotShelf.Caching;
        using System.Collections.Generic;
        using System.Threading.Tasks;

        namespace Shop;

        [CachedService]
        public interface IShop
        {
            [Cached("a:{id}", Tags = ["a"])] Task<string?> @default(int id);
            [Cached("a:{ids}")] Task<IReadOnlyDictionary<int, string>> @default(IReadOnlyList<int> ids);
            [Invalidates("a:{id}")] Task @new<@class>(int id, @class? other);
            @class @return<@class>(@class other) where @class : struct;
        }
        """);

    [Fact]
    public void ParametersNamedLikeTheFields_OnEveryPath_Compile() => Compiles("""
        #nullable enable
        using HotShelf.Caching;
        using System.Collections.Generic;
        using System.Threading.Tasks;

        namespace Shop;

        public interface IBase { string Read(int _inner); }

        [CachedService]
        public interface IShop : IBase
        {
            [Cached("a:{_cache}:{_inner}")] Task<string?> FirstAsync(int _cache, int _inner);
            [Cached("a:{_cache}:x:{_inner}", Tags = ["a:{result}"])] Task<string?> SecondAsync(int _cache, int _inner);
            [Cached("b:{_inner}:{_cache}")] Task<IReadOnlyDictionary<int, string>> ManyAsync(int _inner, IReadOnlyList<int> _cache);
            [Invalidates("a:{_cache}:{_inner}", Tags = ["a:{_cache}"])] Task SaveAsync(int _cache, int[] _inner);
            void Forward(int _inner, int _cache);
            int this[int _inner] { get; set; }
        }
        """);

    [Fact]
    public void Namespaces_ThatDifferInCaseOnly_GetAFileEach()
    {
        const string interfaces = """[HotShelf.Caching.CachedService] public interface IShop { [HotShelf.Caching.Cached("a:{id}")] System.Threading.Tasks.Task<string> FindAsync(int id); }""";
        var generation = Generation.Of("").After(static compilation => compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(
            CSharpSyntaxTree.ParseText($"namespace Api {{ {interfaces} }} namespace API {{ {interfaces} }}", path: "Raw.cs")));
        Assert.Empty(generation.Diagnostics);
        Assert.Empty(generation.Problems);
        Assert.Equal(["Api.CachedShop.g.cs", "HotShelfCachedServices.g.cs", "_API.CachedShop.g.cs"], generation.Files.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Cached_WithoutAKeyYet_LeavesTheErrorToTheCompiler()
    {
        var generation = Generation.Of("[CachedService] public interface IShop { [Cached] ValueTask<string> FindAsync(int id); }");
        Assert.Empty(generation.Diagnostics);
        Assert.Equal(["CS7036"], generation.Problems.Select(static problem => problem.Id));
    }

    [Fact]
    public void NoServices_InCompilation_WriteNothing() => Assert.Empty(Generation.Of("public class Nothing;").Files);

    /// <param name="source">The source.</param>
    /// <param name="withWarnings">Whether also those about null in generated code count, which its users do not see.</param>
    private static void Compiles(string source, bool withWarnings = false)
    {
        var generation = Generation.Of("").After(compilation => compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(CSharpSyntaxTree.ParseText(source, path: "Raw.cs")));
        Assert.Empty(generation.Diagnostics);
        Assert.Empty(generation.Problems);
        Assert.Equal(2, generation.Files.Count);
        if (!withWarnings)
            return;
        var strict = generation.Output.SyntaxTrees.Aggregate(generation.Output, static (output, tree) => output.ReplaceSyntaxTree(
            tree, CSharpSyntaxTree.ParseText(tree.ToString().Replace("#nullable enable annotations", "#nullable enable", StringComparison.Ordinal), path: tree.FilePath)));
        Assert.Empty(strict.GetDiagnostics().Where(static problem => problem.Severity >= DiagnosticSeverity.Warning));
    }
}

using HotShelf.Caching.Generators.Model;

namespace HotShelf.Caching.Generators.Parsing;

/// <summary>Keeps apart the decorators of one assembly, and their files, whose names may not differ in case only.</summary>
internal static class DecoratorNames
{
    public static IEnumerable<ServiceModel> MakeUnique(IEnumerable<ServiceModel> models)
    {
        var decorators = new HashSet<string>();
        var files = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var model in models.Where(model => decorators.Add(model.QualifiedDecorator)))
        {
            var file = model.HintName;
            while (!files.Add(file))
                file = "_" + file;
            yield return model with { HintName = file };
        }
    }

    public static IEnumerable<DiagnosticModel> FindTaken(IEnumerable<ServiceResult> services)
    {
        foreach (var group in services.Where(static service => service.Model is not null).GroupBy(static service => service.Model!.QualifiedDecorator))
        {
            var first = group.First().Model!;
            foreach (var other in group.Where(service => service.Model!.Interface != first.Interface))
                yield return new DiagnosticModel(Diagnostics.NameTaken.Id, other.Location, new([first.Decorator, Name(other.Model!), $"the decorator of {Name(first)}"]));
        }
    }

    private static string Name(ServiceModel service) => service.Interface.Replace("global::", "");
}

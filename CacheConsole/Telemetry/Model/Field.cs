namespace HotShelf.CacheConsole.Telemetry.Model;

/// <summary>A name and its value, as text: an attribute of whatever carries one.</summary>
public readonly record struct Field(string Name, string Value);

using System.Text.Json.Serialization;
using HotShelf.CacheWorker.Audit;
using HotShelf.Caching.Postgres;

namespace HotShelf.CacheWorker;

/// <summary>The JSON of the worker's own calls; source-generated.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(ChangeFeedStatus))]
internal sealed partial class WorkerJsonContext : JsonSerializerContext;

using HotShelf.Dashboard.Telemetry.Otlp;

var builder = WebApplication.CreateBuilder(args);
builder.AddOtlpReceiver();
var app = builder.Build();
app.UseOtlpReceiver();
app.MapOtlpReceiver();
app.Run();

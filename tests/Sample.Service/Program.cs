// A service that tells tests what the engine gave it, and misbehaves when told to.
if (args is ["fail", ..])
{
    Console.Error.WriteLine("the database of my dreams is missing");
    return 3;
}

if (args is ["once", ..])
{
    Console.WriteLine("done once");
    return 0;
}

var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
var healthy = true;

app.MapGet("/health", () => healthy ? Results.Ok() : Results.StatusCode(503));
app.MapGet("/environment", () => Environment.GetEnvironmentVariables());
app.MapGet("/id", () => Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
app.MapGet("/directory", () => Environment.CurrentDirectory);
app.MapPost("/unhealthy", () => healthy = false);
app.MapPost("/command", (HttpRequest request) => Results.Text($"got {request.Headers["X-Api-Key"]}"));
app.MapPost("/crash", (HttpResponse response) =>
{
    // After the answer: a client whose request is not answered may send it again, to another replica.
    response.OnCompleted(() =>
    {
        Console.Error.WriteLine("the last words of this process");
        _ = Task.Run(() => Environment.Exit(42));
        return Task.CompletedTask;
    });
});
app.Run();
return 0;

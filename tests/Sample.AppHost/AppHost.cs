// The composition that the engine's tests run: the shape of the real one, with a service that tells what it was given.
var builder = DistributedApplication.CreateBuilder(args);

var apiKey = builder.AddParameter("api-key", new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

var cache = builder.AddRedis("cache")
    .WithArgs(context => context.Args[^1] = $"{context.Args[^1]} --maxmemory 64mb --maxmemory-policy allkeys-lru");

var productdb = builder.AddPostgres("postgres")
    .WithDataVolume()
    .AddDatabase("productdb");

var api = builder.AddProject<Projects.Sample_Service>("productapi")
    .WithReference(cache).WaitFor(cache)
    .WithReference(productdb).WaitFor(productdb)
    .WithEnvironment("Api__Key", apiKey)
    .WithReplicas(3)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithHttpCommand("/command", "Command", commandName: "command", commandOptions: new HttpCommandOptions
    {
        PrepareRequest = context =>
        {
            context.Request.Headers.Add("X-Api-Key", "from the command");
            return Task.CompletedTask;
        },
    });

if (int.TryParse(builder.Configuration["Sample:Port"], out var port))
    api.WithEndpoint("http", endpoint => endpoint.Port = port);

builder.AddProject<Projects.Sample_Service>("worker", launchProfileName: null)
    .WithHttpEndpoint()
    .WithReference(api)
    .WaitFor(api)
    .WithHttpHealthCheck("/health");

if (builder.Configuration["Sample:Failing"] == "true")
    builder.AddProject<Projects.Sample_Service>("failing", launchProfileName: null).WithArgs("fail");

// Code of the application that throws when the end comes.
if (builder.Configuration["Sample:Rude"] == "true")
{
    builder.Eventing.Subscribe<ResourceStoppedEvent>((_, _) => throw new InvalidOperationException("rude at a stop"));
    api.WithCommand("rude", "Rude", _ => throw new InvalidOperationException("rude in a command"), new CommandOptions
    {
        UpdateState = context => context.ResourceSnapshot.State?.Text is "Stopping" or "Exited" or "Finished" ? throw new InvalidOperationException("rude in a state") : ResourceCommandState.Enabled,
    });
}

builder.Build().Run();

using HotShelf.CacheConsole.Components.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotShelf.CacheConsole.Tests.Shell;

public sealed class TableTests
{
    [Fact]
    public async Task Rows_OfEqualKeys_AreDrawnAnew()
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        await renderer.Dispatcher.InvokeAsync(async () =>
        {
            Table? table = null;
            var html = await renderer.RenderComponentAsync<Table>(ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(Table.Created)] = (Action<Table>)(created => table = created) }));
            table!.Show("slow", "slow");
            table.Show("new", "slow", "other", "slow", "slow");
            Assert.Equal(["new", "slow", "other", "slow", "slow"], System.Text.RegularExpressions.Regex.Matches(html.ToHtmlString(), "<div>(.*?)</div>").Select(cell => cell.Groups[1].Value));
        });
    }

    private sealed class Table : ComponentBase
    {
        private string[] _items = [];

        [Parameter]
        public Action<Table>? Created { get; set; }

        public void Show(params string[] items)
        {
            _items = items;
            StateHasChanged();
        }

        protected override void OnInitialized() => Created!(this);

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenComponent<DataTable<string>>(0);
            builder.AddComponentParameter(1, nameof(DataTable<string>.Items), _items);
            builder.AddComponentParameter(2, nameof(DataTable<string>.Key), (Func<string, object>)(static item => item));
            builder.AddComponentParameter(3, nameof(DataTable<string>.Columns), (RenderFragment)(static columns =>
            {
                columns.OpenComponent<Column<string>>(0);
                columns.AddComponentParameter(1, nameof(Column<string>.Title), "Command");
                columns.AddComponentParameter(2, nameof(Column<string>.ChildContent), (RenderFragment<string>)(static item => cell => cell.AddContent(0, item)));
                columns.CloseComponent();
            }));
            builder.CloseComponent();
        }
    }
}

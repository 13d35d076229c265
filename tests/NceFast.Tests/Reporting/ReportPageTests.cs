using Microsoft.Playwright;
using NceFast.Reporting;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Reporting;

/// <summary>
/// Tests the report page in a real browser. No other test runs at the same time, because Playwright sets the encoding of the console
/// when it starts. It then acquires the locks of the console in a different order from a test that writes to it, which can deadlock.
/// </summary>
[Collection(nameof(Fuzz.Alone))]
public sealed class ReportPageTests(ReportPageTests.Browser browser) : IClassFixture<ReportPageTests.Browser>
{
    private const string Chromium = "/usr/bin/chromium";

    [Fact]
    public async Task The_page_shows_everything_without_an_error()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp));
        IPage page = opened.Page;
        Assert.Contains("NceFast", await page.TitleAsync(), StringComparison.Ordinal);
        foreach (string title in new[] { "Loss", "Learning rate", "Speed", "log Z of held-out contexts", "Perplexity", "Occurrences by rank" })
            Assert.Equal(1, await page.Locator($"figure svg[aria-label='{title}'] path.curve").First.CountAsync());
        Assert.Equal(300, await page.Locator("#plane circle").CountAsync());
        Assert.InRange(await page.Locator("#plane text").CountAsync(), 10, 300);
        Assert.Equal(2, await page.Locator("#epochs tbody tr").CountAsync());
        Assert.Contains("similarity", await page.Locator("#evaluations").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("3.25e+12", await page.Locator("#evaluations").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("host vector512, 2 threads", await page.Locator("#machine").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("--dim", await page.Locator("#configuration .given").First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("2.3456", await page.Locator("#tiles").InnerTextAsync(), StringComparison.Ordinal);
        Assert.True(await page.Locator("#estimation").IsHiddenAsync());
        await opened.AssertClean();
    }

    [Fact]
    public async Task A_click_shows_neighbours()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp));
        IPage page = opened.Page;
        await page.Locator("#plane").ScrollIntoViewIfNeededAsync();
        LocatorBoundingBoxResult dot = (await page.Locator("#plane circle").Last.BoundingBoxAsync())!; // The most frequent word is drawn on top.
        await page.Mouse.ClickAsync(dot.X + (dot.Width / 2), dot.Y + (dot.Height / 2));
        Assert.Equal(10, await page.Locator("#neighbours li").CountAsync());
        Assert.StartsWith("Nearest to", await page.Locator("#chosen").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await page.Locator("#plane circle.chosen").CountAsync());

        await page.Locator("#neighbours button").First.ClickAsync();
        Assert.Equal(10, await page.Locator("#neighbours li").CountAsync());
        await opened.AssertClean();
    }

    [Fact]
    public async Task Search_finds_a_word_and_zoom_moves_the_map()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp));
        IPage page = opened.Page;
        await page.Locator("#search").FillAsync("word123");
        Assert.Equal(1, await page.Locator("#found button").CountAsync());
        await page.Locator("#found button").First.ClickAsync();
        Assert.Contains("word123", await page.Locator("#chosen").InnerTextAsync(), StringComparison.Ordinal);
        IReadOnlyList<string> near = await page.Locator("#neighbours li button span:first-child").AllInnerTextsAsync();
        Assert.All(near.Take(9), name => Assert.True(name == SampleRun.Hostile[3] || name.EndsWith('3'), name)); // The word is in the same cluster.
        await page.Locator("#search").FillAsync("no such word");
        Assert.True(await page.Locator("#found button").First.IsDisabledAsync());

        string? before = await page.Locator("#plane circle.chosen").GetAttributeAsync("cx");
        await page.Locator("#closer").ClickAsync();
        await page.WaitForFunctionAsync("before => document.querySelector('#plane circle.chosen').getAttribute('cx') !== before", before);
        await opened.AssertClean();
    }

    [Theory]
    [InlineData(RunState.Failed, "<b>no room</b>")]
    [InlineData(RunState.Running, "has not ended")]
    public async Task The_state_is_shown_and_markup_stays_text(RunState state, string told)
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp, state));
        Assert.Contains(told, await opened.Page.Locator("#alert").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("Skip-gram with NCE, 16 dimensions, 11.4 MiB of <b>wiki</b>.txt, 2 epochs", await opened.Page.Locator("#title").InnerTextAsync());
        Assert.StartsWith("run <b>& · began", await opened.Page.Locator("#subtitle").InnerTextAsync(), StringComparison.Ordinal);
        await opened.Page.Locator("#search").FillAsync("</script>");
        await opened.Page.Locator("#found button").First.ClickAsync();
        Assert.Contains(SampleRun.Hostile[0], await opened.Page.Locator("#chosen").InnerTextAsync(), StringComparison.Ordinal);
        await opened.AssertClean();
    }

    [Theory]
    [InlineData(ColorScheme.Dark, Media.Screen, "rgb(15, 20, 27)")]
    [InlineData(ColorScheme.Light, Media.Screen, "rgb(246, 247, 249)")]
    [InlineData(ColorScheme.Dark, Media.Print, "rgba(0, 0, 0, 0)")]
    public async Task Colours_suit_the_medium(ColorScheme scheme, Media media, string background)
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp));
        await opened.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, Media = media });
        Assert.Equal(background, await opened.Page.EvaluateAsync<string>("getComputedStyle(document.documentElement).backgroundColor"));
        Assert.Equal(media == Media.Screen, await opened.Page.Locator("#search").IsVisibleAsync());
        Assert.Equal(0, await opened.Page.EvaluateAsync<int>("Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"));
        await opened.AssertClean();
    }

    // Neither the page nor a table in it. The cells then have the heads of their columns.
    [Theory]
    [InlineData(360, 1)]
    [InlineData(400, 1)]
    [InlineData(400, 3)]
    public async Task A_narrow_window_does_not_scroll_sideways(int width, int runs)
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(runs == 1 ? Page(temp) : Comparison(temp, runs));
        await opened.Page.SetViewportSizeAsync(width, 740);
        Assert.Equal(0, await opened.Page.EvaluateAsync<int>("Math.max(0, ...[document.documentElement, ...document.querySelectorAll('.scroll')].map(e => e.scrollWidth - e.clientWidth))"));
        Assert.True(await opened.Page.Locator("#epochs td .head").First.IsVisibleAsync());
        await opened.Page.SetViewportSizeAsync(1280, 740);
        Assert.False(await opened.Page.Locator("#epochs td .head").First.IsVisibleAsync());
        await opened.AssertClean();
    }

    [Fact]
    public async Task Charts_have_one_axis_and_one_cursor()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp));
        IPage page = opened.Page;
        Assert.Contains("words of text", await page.Locator("#course figure").First.TextContentAsync(), StringComparison.Ordinal);
        await page.Locator("#axis button[data-axis=seconds]").ClickAsync();
        Assert.All(await page.Locator("#course figure").AllTextContentsAsync(), text => Assert.Contains("time since the run began", text, StringComparison.Ordinal));

        await page.Locator("#course figure svg").First.HoverAsync();
        IReadOnlyList<string> places = await page.Locator("#course .place").AllTextContentsAsync();
        Assert.Equal(5, places.Count);
        Assert.StartsWith("at ", Assert.Single(places.Distinct()), StringComparison.Ordinal);
        Assert.Equal(5, await page.Locator("#course .cursor").EvaluateAllAsync<int>("all => all.filter(c => getComputedStyle(c).visibility === 'visible').length"));
        await opened.AssertClean();
    }

    [Fact]
    public async Task A_wide_range_is_logarithmic_and_a_click_changes_it()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp));
        ILocator perplexity = opened.Page.Locator("#course figure:has(svg[aria-label='Perplexity']) .scale"), loss = opened.Page.Locator("#course figure:has(svg[aria-label='Loss']) .scale");
        Assert.Equal(("log", "linear"), (await perplexity.InnerTextAsync(), await loss.InnerTextAsync()));
        await perplexity.ClickAsync();
        Assert.Equal("linear", await perplexity.InnerTextAsync());
        await opened.AssertClean();
    }

    [Fact]
    public async Task Loss_of_nce_is_explained()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp));
        Assert.Contains("The loss of NCE can rise at first", await opened.Page.Locator("#loss-note").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Colours_of_the_map_are_clusters_or_frequencies()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Page(temp));
        const string Colours = "all => new Set(all.map(c => c.style.fill)).size";
        ILocator dots = opened.Page.Locator("#plane circle");
        Assert.Equal(10, await dots.EvaluateAllAsync<int>(Colours));
        Assert.Equal(10, await opened.Page.Locator("#map-legend button").CountAsync());
        await opened.Page.Locator("#map-colour button[data-colour=frequency]").ClickAsync();
        Assert.InRange(await dots.EvaluateAllAsync<int>(Colours), 11, 101);
        Assert.Equal(0, await opened.Page.Locator("#map-legend button").CountAsync());
        await opened.AssertClean();
    }

    [Fact]
    public async Task Several_runs_are_compared()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent");
        using var temp = new TempFolder();
        await using Opened opened = await browser.Open(Comparison(temp, 3));
        IPage page = opened.Page;
        Assert.Equal("3 runs compared", await page.Locator("#title").InnerTextAsync());
        Assert.Equal(1, await page.Locator("#differences tbody tr").CountAsync());
        Assert.Equal(["--dim", "16", "32", "48"], await page.Locator("#differences tbody td > span:last-child").AllInnerTextsAsync());
        Assert.DoesNotContain("--dim", await page.Locator("#configuration").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(3, await page.Locator("#course svg[aria-label='Loss'] path.curve").CountAsync());
        Assert.Equal(6, await page.Locator("#epochs tbody tr").CountAsync());
        Assert.Equal(3, await page.Locator("#map-run option").CountAsync());
        await page.Locator("#map-run").SelectOptionAsync("2");
        Assert.Equal(300, await page.Locator("#plane circle").CountAsync());
        await opened.AssertClean();
    }

    private static string Page(TempFolder temp, RunState state = RunState.Done)
    {
        string page = temp["page.html"];
        RunReport.Write(SampleRun.Write(temp, state), page);
        return page;
    }

    private static string Comparison(TempFolder temp, int runs)
    {
        string page = temp["page.html"];
        RunReport.Write([.. Enumerable.Range(1, runs).Select(i => SampleRun.Write(temp, RunState.Done, $"run{i}", $"{16 * i}"))], page);
        return page;
    }

    /// <summary>Provides one browser for all tests of the class.</summary>
    public sealed class Browser : IAsyncLifetime
    {
        private static readonly string[] Arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
        private IPlaywright? _playwright;
        private IBrowser? _browser;

        public async ValueTask InitializeAsync()
        {
            if (!File.Exists(Chromium))
                return;
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Headless = true, Args = Arguments, Timeout = 120_000 });
        }

        public async ValueTask DisposeAsync()
        {
            if (_browser is not null)
                await _browser.DisposeAsync();
            _playwright?.Dispose();
        }

        internal async Task<Opened> Open(string file)
        {
            IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
            IPage page = await context.NewPageAsync();
            page.SetDefaultTimeout(60_000);
            var opened = new Opened(context, page);
            await page.GotoAsync(new Uri(file).AbsoluteUri);
            return opened;
        }
    }

    /// <summary>Represents a page and records its errors and requests.</summary>
    internal sealed class Opened : IAsyncDisposable
    {
        private readonly IBrowserContext _context;
        private readonly List<string> _wrong = [];

        public Opened(IBrowserContext context, IPage page)
        {
            (_context, Page) = (context, page);
            page.Console += (_, message) => Keep(message.Type is "error" or "warning", $"{message.Type}: {message.Text}");
            page.PageError += (_, error) => Keep(true, error);
            page.Request += (_, request) => Keep(!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal), $"request: {request.Url}");
            page.Dialog += (_, dialog) => Keep(true, $"dialog: {dialog.Message}");
        }

        public IPage Page { get; }

        public async Task AssertClean()
        {
            Assert.Null(await Page.EvaluateAsync<int?>("window.hacked ?? null"));
            lock (_wrong)
                Assert.Empty(_wrong);
        }

        public ValueTask DisposeAsync() => _context.DisposeAsync();

        private void Keep(bool wrong, string what)
        {
            lock (_wrong)
            {
                if (wrong)
                    _wrong.Add(what);
            }
        }
    }
}

namespace HotShelf.CacheConsole.Components.Shared;

/// <summary>The pictures of the console.</summary>
public enum IconName
{
    Overview, Families, Nodes, Hot, Key, Activity, Database, Actions,
    Sun, Moon, System, Menu, Lock, Search, Filter, Close, External, Up, Down, Info,
    Good, Warning, Bad, Neutral, Busy, Play, Pause, Stop, Restart, Tag, Bolt, Fire, Trash, Eye, Feed,
}

/// <summary>Their outlines on a field of 16 by 16, drawn with a line of 1.5 in the colour of the text.</summary>
internal static class Icons
{
    public static string PathOf(IconName name) => name switch
    {
        IconName.Overview => "M2.5 9a5.5 5.5 0 0 1 11 0M8 9l2.5-3M2 12.5h12",
        IconName.Families => "M8 2 14 5 8 8 2 5zM2.5 8 8 10.75 13.5 8M2.5 11 8 13.75 13.5 11",
        IconName.Nodes => "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
        IconName.Hot or IconName.Fire => "M8 14c2.8 0 4.5-1.8 4.5-4.2C12.5 6.500 9 5.500 9.200 2 6.500 3.200 5.800 5.500 6.200 7.200 5.300 7 5 6.200 4.900 5.500 4 6.700 3.500 8 3.500 9.800 3.500 12.200 5.200 14 8 14z",
        IconName.Key => "M10.500 2.500a3 3 0 1 1-1.800 5.400L3.500 13.100H2v-2l5.600-5.600a3 3 0 0 1 2.900-3z",
        IconName.Activity => "M1.500 8.500h3l2-5.500 3 10 2-4.500h3",
        IconName.Database => "M3 4c0-1.100 2.200-2 5-2s5 .9 5 2-2.200 2-5 2-5-.9-5-2zM3 4v8c0 1.100 2.200 2 5 2s5-.9 5-2V4M3 8c0 1.100 2.200 2 5 2s5-.9 5-2",
        IconName.Actions => "M9.500 2.500a3.500 3.500 0 0 0-3.200 4.900L2 11.700 4.300 14l4.300-4.300a3.500 3.500 0 0 0 4.700-4.300L11 7.500 8.700 5.200l2-2.400a3.500 3.500 0 0 0-1.200-.3z",
        IconName.Sun => "M8 5.200a2.800 2.800 0 1 1 0 5.600 2.800 2.800 0 0 1 0-5.600zM8 1.500v1.200M8 13.300v1.200M1.500 8h1.200M13.300 8h1.200M3.400 3.400l.85.85M11.750 11.750l.85.85M12.600 3.400l-.85.85M4.250 11.750l-.85.85",
        IconName.Moon => "M13.500 9.600A5.800 5.800 0 1 1 6.400 2.500a4.600 4.600 0 0 0 7.100 7.100z",
        IconName.System => "M2 3h12v8H2zM6 13.500h4M8 11v2.500",
        IconName.Menu => "M2 4h12M2 8h12M2 12h12",
        IconName.Lock => "M3.500 7.500h9v6h-9zM5.500 7.500V5a2.500 2.500 0 0 1 5 0v2.500",
        IconName.Search => "M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.300 10.300l3.700 3.700",
        IconName.Filter => "M2 3.500h12L9.500 9v4.500l-3-1.500V9z",
        IconName.Close => "M3.500 3.500l9 9M12.5 3.500l-9 9",
        IconName.External => "M9.500 2.500h4v4M13.500 2.500 7.500 8.500M12 9v4.500H2.500V4H7",
        IconName.Up => "M4 10l4-4 4 4",
        IconName.Down => "M4 6l4 4 4-4",
        IconName.Info => "M8 1.750a6.250 6.250 0 1 1 0 12.5 6.250 6.250 0 0 1 0-12.5zM8 7.500V11M8 5h.01",
        IconName.Good => "M8 1.750a6.250 6.250 0 1 1 0 12.5 6.250 6.250 0 0 1 0-12.5zM5 8.200l2.200 2.200L11 6",
        IconName.Warning => "M8 2 14.500 13.500h-13zM8 6.500v3M8 11.500h.01",
        IconName.Bad => "M8 1.750a6.250 6.250 0 1 1 0 12.5 6.250 6.250 0 0 1 0-12.5zM5.700 5.700l4.600 4.600M10.300 5.700l-4.600 4.600",
        IconName.Neutral => "M8 1.750a6.250 6.250 0 1 1 0 12.5 6.250 6.250 0 0 1 0-12.5zM5.500 8h5",
        IconName.Busy => "M8 1.750a6.250 6.250 0 1 0 6.250 6.250",
        IconName.Play => "M4.500 3v10l8-5z",
        IconName.Pause => "M5.500 3v10M10.500 3v10",
        IconName.Stop => "M3.500 3.500h9v9h-9z",
        IconName.Restart => "M13 8a5 5 0 1 1-1.500-3.500L13 6M13 2.500V6H9.500",
        IconName.Tag => "M2.500 2.500h5l6 6-5 5-6-6zM5.500 5.500h.01",
        IconName.Bolt => "M9 1.500 3 9h4.500L7 14.500 13 7H8.500z",
        IconName.Trash => "M2.500 4.500h11M6 4.500V2.500h4v2M4 4.500l.7 9h6.600l.7-9M6.700 7v4M9.300 7v4",
        IconName.Eye => "M1.500 8C3 5 5.300 3.500 8 3.500S13 5 14.500 8C13 11 10.700 12.5 8 12.5S3 11 1.500 8zM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
        IconName.Feed => "M2 4h7.500M2 8h5M2 12h5M8.500 10.500l2 2L14 8.500M11 2.500 12.500 4 11 5.500",
        _ => "",
    };
}

namespace HotShelf.Catalog.Seeding;

/// <summary>
/// The words of the seed data; all names are made up. What stands here decides the seed's checksum (see its test): a change makes new
/// databases differ from old ones.
/// </summary>
internal static partial class SeedVocabulary
{
    public static readonly string[] Brands =
    [
        "Aldermoor", "Brinkhaus", "Calvero", "Dunmarsh", "Eikeland", "Fennwick", "Gallorini", "Hartsund", "Ilvermoss", "Jorvale",
        "Kestrelby", "Lindqvarn", "Marrowfield", "Nordhavn", "Ostrava & Daughters", "Pellworth", "Quillon", "Ravensbeck", "Solvenne", "Tarnwood",
        "Umberline", "Vasterholm", "Wexcombe", "Yarrowgate", "Zellner & Co",
    ];

    public static readonly string[] Lines =
    [
        "Alba", "Arden", "Birke", "Brisa", "Cala", "Corin", "Dalby", "Doria", "Elva", "Esker", "Falk", "Fjell", "Gara", "Halden", "Iris", "Juno", "Karo", "Kite",
        "Lumen", "Lyra", "Marlo", "Mira", "Nave", "Nimbus", "Olmo", "Onda", "Pico", "Quarto", "Riva", "Runa", "Sable", "Senta", "Talo", "Tern", "Una", "Vega",
        "Vire", "Wren", "Yuma", "Zephyr",
    ];

    public static readonly string[] Openings =
    [
        "The {name} is a {noun} for people who keep things.", "With the {name}, {brand} shows what a {noun} can be.", "A {noun} should simply work, and the {name} does.",
        "{brand} has made a {noun} like this for years, and the {name} is the best of them so far.", "The {name} began as a sketch in a small workshop and has stayed honest since.",
        "Few things in a household are used as often as a {noun}, which is why the {name} was drawn with patience.",
    ];

    public static readonly string[] Sentences =
    [
        "It is built around {material}.", "It has {feature}.", "Made for {use}.", "Look closer and you find {feature}.", "{material}, chosen with care, gives it its character.",
        "Customers write to us that it is just right for {use}.", "Where others save, {brand} added {feature}.", "It comes into its own with {use}.",
        "You also get {feature}, which sounds small until you have lived with it.", "We tested it for a season, mostly with {use} in mind.",
        "The combination of {material} and {feature} is rare at this price.", "Think of {use}, and you know why it looks the way it does.",
        "Every piece is checked by hand before it leaves the workshop.", "It is delivered in cardboard without any plastic.", "{brand} repairs it for a fair price, even after the guarantee has ended.",
        "Spare parts can be ordered one by one.", "A short leaflet explains care and cleaning in plain words.", "The design has hardly changed in years, and that is meant as praise.",
        "If it is not what you expected, send it back within thirty days.", "It pairs well with the rest of the {line} series.", "Nothing about it is loud, and nothing about it is left to chance.",
        "Thanks to {feature}, it is a pleasure to use every day.", "{brand} names the origin of {material} on the label.", "For {use} there is hardly a better choice.",
    ];

    public static readonly string[] TagWords =
    [
        "new", "bestseller", "sale", "gift", "sustainable", "handmade", "classic", "premium", "budget", "limited", "staff-pick", "refurbished", "seasonal", "durable", "lightweight",
    ];

    public static readonly string[] FirstNames =
    [
        "Ada", "Bruno", "Clara", "David", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katya", "Lars", "Mina", "Noah", "Olga", "Pavel", "Quinn", "Rosa", "Samir", "Tilda",
        "Umut", "Vera", "Wim", "Xenia", "Yara", "Zeno", "Amara", "Bela", "Chloe", "Dario",
    ];

    public static readonly string[] LastNames =
    [
        "Ahlgren", "Bauer", "Castro", "Dubois", "Eriksen", "Fontana", "Grau", "Horvat", "Ivanov", "Jansen", "Keller", "Lindgren", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi",
        "Schmidt", "Tanaka", "Ulrich", "Vogel", "Weber", "Yilmaz", "Zimmer", "Alvarez", "Byrne", "Costa", "Demir", "Evans",
    ];

    public static readonly string[] Locales = ["en-GB", "en-US", "de", "de-CH", "fr", "fr-BE", "it", "es", "nl", "sv", "pl", "tr"];
}

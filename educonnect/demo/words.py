"""Words to invent people, schools and towns from, with a flavour of the mainland and of overseas. Nobody's name.

Family names are put together from halves; whoever finds their own met a coincidence.
"""

FIRST_HALVES = (
    "Beau", "Clair", "Mont", "Roche", "Haute", "Belle", "Vert", "Grand", "Franc", "Bois", "Val", "Fontan", "Chante",
    "Passe", "Doux", "Gentil", "Pierre", "Malo", "Sauve", "Brise", "Corail", "Sylv", "Zéph", "Mira", "Colib", "Frang",
    "Vanil", "Cannel", "Lambi", "Tamar", "Bali", "Figu", "Mancen", "Papay", "Goya", "Alizé", "Madra", "Océ", "Gwada",
    "Pélag", "Hibisc", "Filao",
)  # fmt: skip
SECOND_HALVES = (
    "rivage", "morne", "lune", "source", "jardin", "vallon", "voile", "sable", "ronce", "plaine", "étoile", "brune",
    "aurore", "hameau", "coteau", "sonne", "marine", "iste", "anise", "oline", "érac", "aud", "ival", "éloc", "ande",
    "imbert", "onval", "ardin", "uval", "amare", "égrine", "osel", "épine", "anville", "ocourt", "ibœuf", "écœur",
    "illac", "azin", "oubé",
)  # fmt: skip
RARE_FAMILY_NAMES = (
    "de La Roche-Alizé", "d'Ormelune", "L'Hibiscade", "Le Cœurvaillant", "N'Zambéla", "M'Rividja", "Œillarond",
    "Šarkovel", "Žilbranec", "Louÿsonne", "Vayamoutaly-Cannelier", "Saint-Filao", "du Morne aux Lambis", "Ho-Tsé-Lin",
    "Ben Alizéra", "Tepua'ura-Motu", "Güsbach-Wœrthel", "Le Goarnigou", "Etchebidarra", "Casabiancucci", "O'Mancenelle",
    "El Filaoui", "da Cannelária", "Façonneur-Bœufville",
)  # fmt: skip
GIRLS = (
    "Camille", "Maëlys", "Léonie", "Anaïs", "Zoé", "Éléonore", "Inès", "Noémie", "Océane", "Solène", "Agathe", "Lilou",
    "Maïwenn", "Clémence", "Héloïse", "Soraya", "Tatiana", "Yaëlle", "Naïma", "Aïssatou", "Thalia", "Kelly-Ann",
    "Marie-Ange", "Anne Sophie", "Lou-Anne", "Marie-Océane", "Fleur", "Capucine", "Romane", "Jade", "Ambre", "Lina",
    "Mélissandre", "Zélie", "Cœlia", "Raphaëlle", "Chloé", "Manoé", "Hinatea", "Vaiana", "Fatoumata", "Leïla",
)  # fmt: skip
BOYS = (
    "Gaël", "Loïc", "Théo", "Élie", "Noé", "Maël", "Jérémie", "Raphaël", "Mathéo", "Axel", "Ludovic", "Rayan", "Enzo",
    "Jean-Noël", "Marc-Antoine", "Pierre Louis", "Yanis", "Kylian", "Joël", "Hervé", "Amadou", "Ismaël", "Teva",
    "Maximilien", "Côme", "Célestin", "Hippolyte", "Victor", "Aurèle", "Léandre", "Zéphyr", "Timothé", "Nolhan",
    "Ange-Marie", "Félicien", "Gédéon", "Séraphin", "Melchior", "Ulysse", "Swann", "Tanguy", "Youri",
)  # fmt: skip
WOMEN = (
    "Maryse", "Josiane", "Sylvie", "Nathalie", "Ghislaine", "Béatrice", "Françoise", "Christelle", "Aïcha", "Élisabeth",
    "Marie-Line", "Rose-Aimée", "Lucette", "Véronique", "Séverine", "Amélie", "Fabienne", "Mireille", "Karine", "Odile",
)  # fmt: skip
MEN = (
    "Hugues", "Georges", "Frédéric", "Jean-Marc", "Olivier", "Stéphane", "Yves-Marie", "Patrice", "René", "Fabrice",
    "Moussa", "Dominique", "Thierry", "Cédric", "Éric", "Gérald", "Max", "Raymond", "Samuel", "Aurélien",
)  # fmt: skip
TOWNS = (
    "Anse-Calebasse", "Morne-Cannelle", "Rivière-Vanille", "Le Grand-Filao", "Pointe-Corail", "Sainte-Brise",
    "Le Val-Alizé", "Bourg-Mancenille", "Trois-Goyaviers", "Fond-Lambi", "Cap-Frégate", "Ravine-Claire",
)  # fmt: skip
SCHOOL_NAMES = (
    "des Alizés", "du Morne-Cannelle", "de l'Anse-Calebasse", "des Trois-Goyaviers", "de la Ravine-Claire",
    "du Grand-Filao", "de la Pointe-Corail", "des Frégates", "du Fond-Lambi", "de la Rivière-Vanille",
    "des Flamboyants", "de la Brise", "du Cœur-de-l'Île", "des Mancenilliers", "du Phare", "des Hibiscus",
    "des Quatre-Vents", "du Lagon",
)  # fmt: skip
STREETS = (
    "rue des Flamboyants", "impasse du Lambi", "chemin de la Ravine", "allée des Filaos", "lotissement Les Alizés",
    "avenue du Phare", "résidence Bel-Horizon", "route de l'Habitation", "quartier Morne-Cannelle", "rue de l'Œillet",
)  # fmt: skip
# birth places: INSEE commune code, then what a file says instead for those born elsewhere
COMMUNES = ("97209", "97213", "97222", "97105", "97302", "97411", "75056", "13055", "69123", "2A004", "97801", "97608")

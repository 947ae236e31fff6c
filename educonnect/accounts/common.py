"""Words and rows of keys that people choose for passwords, and that those who guess them try first."""

#: What French-speaking people choose, beside the list of common passwords that Django carries.
_FRENCH = """
azerty azertyuiop azer azerqsdf azqswx qsdfgh qsdfghjklm wxcvbn aqwzsx aqwxsz motdepasse monmotdepasse
lemotdepasse motdepass mdp mdpmdp bonjour bonsoir salut coucou bienvenue merci jetaime jetadore jetaimemaman
jetaimepapa monamour moncoeur monbebe mabelle mavie maman papa mamanpapa papamaman soleil lune etoile
chouchou loulou doudou doudoune bisous bisounours nounours princesse prince coccinelle papillon chocolat
caramel vanille fraise cerise framboise banane pomme citron orange chaton minou chat chien cheval licorne
dauphin lapin tigre panthere lion loup renard ours oiseau hirondelle tortue marseille paris lyon toulouse
bordeaux nantes lille nice rennes strasbourg montpellier martinique guadeloupe reunion guyane mayotte
fortdefrance bretagne corse normandie alsace france allezlesbleus allezlom olympique olympiquedemarseille
parissaintgermain psg psgpsg foot football rugby basket handball natation danse musique guitare piano
vacances liberte egalite fraternite libertegalitefraternite libertadegalite secret topsecret ordinateur
internet clavier souris portable telephone maison jardin voiture moto camion ecole college lycee etudiant
eleve professeur prof classe cantine recreation devoirs educonnect pronote ecoledirecte passculture
parcoursup scolarite administrateur admin administration utilisateur identifiant connexion compte
changemoi changezmoi provisoire nouveau nouveaumotdepasse test testtest essai invite janvier fevrier mars
avril juin juillet aout septembre octobre novembre decembre printemps automne hiver lundi mardi mercredi
jeudi vendredi samedi dimanche anniversaire noel joyeuxnoel bonneannee camille nicolas julien thomas
alexandre antoine maxime mathieu guillaume romain vincent sebastien laurent stephane christophe pascal
philippe isabelle sandrine nathalie sylvie celine aurelie stephanie virginie emilie pauline manon chloe
lea emma jade louise lucas hugo enzo leo nathan theo mathis louis gabriel raphael arthur jules adam
doudou1 cacahuete cacahouete saucisse fromage baguette croissant pizza kebab tacos couscous crepe
ronaldo mbappe messi zidane griezmann naruto pokemon pikachu minecraft fortnite roblox tiktok snapchat
instagram youtube facebook google whatsapp netflix playstation nintendo manga onepiece dragonball
"""
FRENCH = frozenset(_FRENCH.split())

#: Neighbouring keys and usual orders; runs are looked for in both directions.
ROWS = (
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "yxcvbnm",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "aqwzsxedcrfvtgbyhnujikol",
    "qazwsxedcrfvtgbyhnujmikolp",
    "&e\"'(-e_ca)=",
    "1q2w3e4r5t6y7u8i9o0p",
    "1a2z3e4r5t6y7u8i9o0p",
)

#: How letters are disguised.
DISGUISES = str.maketrans("0134578@$!€£+|", "oieastbasielti")

#: Words of a school's name that say nothing of which school it is.
_SCHOOL_WORDS = """
lycee lycees college ecole groupe scolaire elementaire maternelle primaire cite institut institution
etablissement general generale generaux technologique professionnel professionnelle polyvalent polyvalente
agricole hotelier prive privee public publique metiers enseignement regional departemental international
section internat saint sainte notre dame pour fictif fictive
"""
SCHOOL_WORDS = frozenset(_SCHOOL_WORDS.split())

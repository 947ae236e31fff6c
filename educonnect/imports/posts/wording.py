"""What a file of posts can find. `docs/import-findings.md` lists it too."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from educonnect.imports.findings import Rule, Severity

_BLOCKING, _WARNING, _INFORMATION = Severity.BLOCKING, Severity.WARNING, Severity.INFORMATION
_CORRECT: Final = _("Corrigez cette ligne, puis donnez le fichier à nouveau : rien n’a été changé.")

FILE_UNREADABLE = Rule(
    "POSTE-FICHIER",
    _BLOCKING,
    _("Ce fichier n’existe pas, ne peut pas être lu, ou dépasse %(limit)d Mio."),
    _("Donnez un fichier CSV, enregistré depuis un tableur."),
)
NOT_CSV = Rule(
    "POSTE-CSV",
    _BLOCKING,
    _("Ce fichier n’est pas du CSV que l’on puisse lire jusqu’au bout."),
    _("Enregistrez le tableau au format CSV, séparé par des points-virgules, puis donnez ce fichier-là."),
)
COLUMNS_MISSING = Rule(
    "POSTE-COLONNES",
    _BLOCKING,
    _("Il manque des colonnes : %(missing)s."),
    _("La première ligne nomme les colonnes : fonction;academie;uai;nom;prenom;courriel;debut;fin."),
)
COLUMN_TWICE = Rule(
    "POSTE-COLONNE-DOUBLE",
    _BLOCKING,
    _("La colonne « %(column)s » figure deux fois."),
    _("Ne gardez qu’une colonne de ce nom."),
)
COLUMN_UNKNOWN = Rule(
    "POSTE-COLONNE",
    _WARNING,
    _("La colonne « %(column)s » n’est pas connue : elle n’a pas été lue."),
    _("Rien à faire si c’est voulu."),
)
NOTHING = Rule(
    "POSTE-AUCUN",
    _BLOCKING,
    _("Ce fichier ne contient aucun poste."),
    _("Vérifiez que le tableau a bien une ligne par poste, sous les noms des colonnes."),
)
TOO_MANY = Rule(
    "POSTE-NOMBRE",
    _BLOCKING,
    _("Ce fichier a plus de %(limit)d lignes."),
    _("Donnez plusieurs fichiers plus petits."),
)
LINE_SHAPE = Rule(
    "POSTE-LIGNE",
    _BLOCKING,
    _("Cette ligne a plus de cases que de colonnes."),
    _("Mettez entre guillemets ce qui contient un séparateur, puis donnez le fichier à nouveau."),
)
FUNCTION_UNKNOWN = Rule(
    "POSTE-FONCTION",
    _BLOCKING,
    _("La fonction manque ou n’est pas connue."),
    _("Écrivez : chef, adjoint, directeur d’école, académie ou nation."),
    "fonction",
)
ACADEMIE_UNKNOWN = Rule(
    "POSTE-ACADEMIE",
    _BLOCKING,
    _("Le code de l’académie manque ou n’est pas connu."),
    _("Écrivez ses deux chiffres, comme 31 pour la Martinique ; gardez le zéro du début."),
    "academie",
)
ACADEMIE_OTHER = Rule(
    "POSTE-TERRITOIRE",
    _BLOCKING,
    _("L’établissement n’est pas dans cette académie."),
    _CORRECT,
    "academie",
)
UAI_UNREADABLE = Rule(
    "POSTE-UAI",
    _BLOCKING,
    _("Le code de l’établissement manque, ou n’est pas un code UAI juste."),
    _("Écrivez sept chiffres et la lettre de contrôle."),
    "uai",
)
NOT_HERE = Rule(
    "POSTE-LIEU",
    _BLOCKING,
    _("Cette fonction ne s’exerce pas là : un établissement ou une académie est de trop."),
    _("Académie : le code de l’académie seul. Nation : ni établissement ni académie."),
    "fonction",
)
DEGREE = Rule(
    "POSTE-DEGRE",
    _BLOCKING,
    _("Cette fonction n’existe pas ici : un directeur dirige une école, un chef un collège ou un lycée."),
    _CORRECT,
    "fonction",
)
SCHOOL_OPENED = Rule(
    "POSTE-NOUVEAU",
    _INFORMATION,
    _("Cet établissement devient connu. Tant qu’on ne le sait pas public, son chef n’a aucun droit."),
    _("Importez la base de l’établissement."),
    "uai",
)
NAME_MISSING = Rule("POSTE-NOM", _BLOCKING, _("Le nom ou le prénom manque."), _CORRECT, "nom")
EMAIL_UNREADABLE = Rule(
    "POSTE-COURRIEL", _BLOCKING, _("L’adresse électronique manque ou est mal formée."), _CORRECT, "courriel"
)
DATE_UNREADABLE = Rule(
    "POSTE-DATE",
    _BLOCKING,
    _("La date n’existe pas au calendrier, ou n’est pas écrite JJ/MM/AAAA."),
    _CORRECT,
    "debut",
)
DATES_CROSSED = Rule("POSTE-DATES", _BLOCKING, _("La fin est avant le début."), _CORRECT, "fin")
OVER = Rule(
    "POSTE-TERMINE",
    _WARNING,
    _("Ce poste est déjà terminé : il ne donne rien."),
    _("Rien à faire si c’est voulu."),
    "fin",
)
TWICE = Rule(
    "POSTE-DOUBLE",
    _BLOCKING,
    _("Ce poste de cette personne figure déjà plus haut."),
    _("Ne gardez qu’une ligne."),
)
TWO_NAMES = Rule(
    "POSTE-PERSONNE",
    _BLOCKING,
    _("Cette adresse est déjà celle d’une autre personne, plus haut ou dans la base."),
    _("Chaque personne a son adresse professionnelle à elle : corrigez le nom ou l’adresse."),
    "courriel",
)
SEVERAL = Rule(
    "POSTE-PLUSIEURS",
    _BLOCKING,
    _("Plusieurs personnes de la base ont cette adresse."),
    _("Fermez celles qui ne servent plus : educonnect staff close."),
    "courriel",
)
CLOSED = Rule(
    "POSTE-FERME",
    _BLOCKING,
    _("Cette personne a été fermée : on ne lui donne rien."),
    _("Retirez la ligne, ou donnez l’adresse de la personne qui la remplace."),
    "courriel",
)
ENDED = Rule(
    "POSTE-FIN",
    _WARNING,
    _("Un poste que ce fichier ne donne plus à cette personne prend fin (%(count)d)."),
    _("Vérifiez que c’est voulu : un fichier dit tous les postes de chaque personne qu’il nomme."),
)

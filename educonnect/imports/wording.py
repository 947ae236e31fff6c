"""Every thing an import can find: its code, its severity, the sentence that says it, the one that cures it.

`docs/import-findings.md` lists them for those who read a report; a test keeps it true.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from educonnect.imports.findings import Rule, Severity

_BLOCKING, _WARNING, _INFORMATION = Severity.BLOCKING, Severity.WARNING, Severity.INFORMATION
_EXPORT_AGAIN: Final = _("Refaites l’export dans SIECLE et importez le fichier tel quel.")

# --- files and archives ---------------------------------------------------------------------------------------------
FILE_MISSING = Rule(
    "FICHIER-ABSENT",
    _BLOCKING,
    _("Ce fichier n’existe pas, ou ne peut pas être lu."),
    _("Vérifiez le nom du fichier et les droits de lecture."),
)
FILE_EMPTY = Rule("FICHIER-VIDE", _BLOCKING, _("Ce fichier est vide."), _EXPORT_AGAIN)
NOT_XML = Rule(
    "FICHIER-NON-XML",
    _BLOCKING,
    _("Ce fichier n’est ni du XML ni une archive ZIP."),
    _("Donnez les exports XML de SIECLE, ou les archives ZIP qui les contiennent."),
)
MEMBER_NOT_XML = Rule(
    "FICHIER-IGNORE",
    _INFORMATION,
    _("Ce fichier n’est pas du XML : il n’a pas été lu."),
    _("Rien à faire."),
)
ARCHIVE_BROKEN = Rule(
    "FICHIER-ZIP",
    _BLOCKING,
    _("L’archive ou ce fichier de l’archive est abîmé et ne peut pas être lu."),
    _("Téléchargez-la à nouveau, ou refaites l’export."),
)
ARCHIVE_PATH = Rule(
    "FICHIER-CHEMIN",
    _BLOCKING,
    _("L’archive contient un chemin interdit (« .. » ou chemin absolu) : elle est refusée en entier."),
    _("N’utilisez pas cette archive : refaites l’export dans SIECLE."),
)
ARCHIVE_ENCRYPTED = Rule(
    "FICHIER-CHIFFRE",
    _BLOCKING,
    _("Ce fichier de l’archive est protégé par un mot de passe."),
    _("Donnez une archive sans mot de passe."),
)
ARCHIVE_NESTED = Rule(
    "FICHIER-IMBRIQUE",
    _BLOCKING,
    _("L’archive contient une autre archive."),
    _("Sortez l’archive intérieure et donnez-la à part."),
)
TOO_BIG = Rule(
    "FICHIER-TAILLE",
    _BLOCKING,
    _("Ce fichier dépasse %(limit)d Mio une fois décompressé."),
    _("Vérifiez qu’il s’agit bien d’un export SIECLE ; l’exploitant peut relever la limite."),
)
BOMB = Rule(
    "FICHIER-BOMBE",
    _BLOCKING,
    _("Cette archive se décompresse démesurément : elle est refusée."),
    _("N’utilisez pas cette archive : refaites l’export dans SIECLE."),
)
TOO_MANY_MEMBERS = Rule(
    "FICHIER-NOMBRE",
    _BLOCKING,
    _("Cette archive contient plus de %(limit)d fichiers."),
    _("Donnez plusieurs archives plus petites."),
)
# --- XML ------------------------------------------------------------------------------------------------------------
MALFORMED = Rule(
    "FICHIER-XML",
    _BLOCKING,
    _("Le XML est mal formé ou tronqué, ligne %(at_line)d, colonne %(at_column)d : rien n’a été importé."),
    _EXPORT_AGAIN,
)
DOCTYPE = Rule(
    "FICHIER-DTD",
    _BLOCKING,
    _("Le fichier déclare un type de document (DOCTYPE) : un export SIECLE n’en a jamais."),
    _("N’utilisez pas ce fichier : refaites l’export dans SIECLE. Un fichier d’annuaire (AAF) n’est pas repris."),
)
CHANGED_MEANWHILE = Rule(
    "FICHIER-MODIFIE",
    _BLOCKING,
    _("Le fichier a changé pendant sa lecture."),
    _("Attendez la fin de l’export, puis recommencez."),
)
UNKNOWN_ENCODING = Rule(
    "FICHIER-ENCODAGE",
    _BLOCKING,
    _("L’encodage déclaré, « %(encoding)s », n’est pas connu."),
    _("Refaites l’export : SIECLE écrit en ISO-8859-15."),
)
MIXED_ENCODING = Rule(
    "FICHIER-MELANGE",
    _BLOCKING,
    _("Le fichier mélange deux encodages : des noms seraient abîmés."),
    _EXPORT_AGAIN,
)
REALLY_UTF8 = Rule(
    "FICHIER-UTF8",
    _WARNING,
    _("Le fichier se dit %(encoding)s mais il est en UTF-8 : il a été lu en UTF-8."),
    _("Il a sans doute été ouvert et réenregistré : importez l’export tel que SIECLE l’a fait."),
)
REALLY_LATIN = Rule(
    "FICHIER-LATIN",
    _WARNING,
    _("Le fichier se dit UTF-8 mais ne l’est pas : il a été lu en ISO-8859-15."),
    _("Vérifiez quelques noms accentués ; importez l’export tel que SIECLE l’a fait."),
)
REALLY_LATIN9 = Rule(
    "FICHIER-LATIN9",
    _INFORMATION,
    _("Le fichier se dit ISO-8859-1 mais contient des lettres d’ISO-8859-15 (œ, Œ, Ÿ) : il a été lu ainsi."),
    _("Rien à faire."),
)
WINDOWS_SIGNS = Rule(
    "FICHIER-WINDOWS",
    _WARNING,
    _("Le fichier contient des signes propres à Windows sous une autre déclaration : ils ont été lus comme tels."),
    _("Il a sans doute été réenregistré : importez l’export tel que SIECLE l’a fait."),
)
CONTROL_SIGNS = Rule(
    "FICHIER-CONTROLE",
    _WARNING,
    _("%(count)d caractères de contrôle ont été retirés, le premier ligne %(at_line)d."),
    _("Corrigez la fiche dans la base : un caractère invisible s’y trouve."),
    of_one=_("Un caractère de contrôle a été retiré, ligne %(at_line)d."),
)
NOT_NEEDED = Rule(
    "FICHIER-INUTILE",
    _INFORMATION,
    _("Ce fichier (%(what)s) n’est pas nécessaire : il n’a pas été lu."),
    _("Rien à faire. Sont lus Eleves, Responsables, Structures, Nomenclature, Communs, et sts_emp de STS."),
)
UNKNOWN_ROOT = Rule(
    "FICHIER-INCONNU",
    _BLOCKING,
    _("Ce fichier n’est pas un export SIECLE ou STS connu (élément « %(root)s »)."),
    _("Donnez les fichiers Eleves, Responsables, Structures, Nomenclature ou Communs, ou sts_emp de STS."),
)
UAI_MISSING = Rule(
    "FICHIER-UAI",
    _BLOCKING,
    _("Le fichier ne dit pas de quel établissement il vient, ou son code est mal formé."),
    _EXPORT_AGAIN,
    "UAJ",
)
UAI_KEY = Rule(
    "FICHIER-CLE",
    _WARNING,
    _("La lettre de contrôle du code de l’établissement n’est pas la bonne."),
    _("Vérifiez le code de l’établissement."),
    "UAJ",
)
UAI_PLACE = Rule(
    "FICHIER-TERRITOIRE",
    _WARNING,
    _("Le début du code de l’établissement ne correspond à aucun département."),
    _("Vérifiez le code de l’établissement."),
    "UAJ",
)
YEAR_REFUSED = Rule(
    "FICHIER-ANNEE",
    _BLOCKING,
    _("Le fichier est celui de l’année scolaire %(year)s, qui n’est ni l’année en cours ni la suivante."),
    _("Exportez l’année en cours ; s’il faut vraiment cette année, dites-le avec --year %(year)s."),
    "ANNEE_SCOLAIRE",
)
YEAR_OTHER = Rule(
    "FICHIER-ANNEE",
    _BLOCKING,
    _("Le fichier est celui de l’année scolaire %(year)s, et c’est l’année %(wanted)s qui est demandée."),
    _("Donnez l’export de l’année demandée."),
    "ANNEE_SCOLAIRE",
)
YEAR_MISSING = Rule(
    "FICHIER-SANS-ANNEE",
    _WARNING,
    _("Le fichier ne dit pas son année scolaire : il est pris pour celui de %(year)s."),
    _("Vérifiez que c’est bien le cas, ou refaites l’export."),
    "ANNEE_SCOLAIRE",
)
YEAR_NEXT = Rule(
    "FICHIER-PREPARATION",
    _INFORMATION,
    _("Ce fichier vient de la base de préparation : il concerne la rentrée de septembre %(year)s."),
    _("Rien à faire si c’est voulu."),
    "ANNEE_SCOLAIRE",
)
DATE_MISSING = Rule(
    "FICHIER-SANS-DATE",
    _WARNING,
    _("Le fichier ne dit pas quand il a été exporté : il est daté de cet import."),
    _EXPORT_AGAIN,
    "HORODATAGE",
)
DATE_FUTURE = Rule(
    "FICHIER-FUTUR",
    _WARNING,
    _("Le fichier se dit exporté dans l’avenir : il est daté de cet import."),
    _("Vérifiez l’horloge du poste qui a fait l’export."),
    "HORODATAGE",
)
SAME_KIND = Rule(
    "FICHIER-DOUBLE",
    _WARNING,
    _("Deux fichiers de même nature pour cet établissement : le plus récent a été lu, celui-ci non."),
    _("Donnez un seul fichier de chaque nature."),
)
# --- a school and a year --------------------------------------------------------------------------------------------
OLDER_EXPORT = Rule(
    "EXPORT-PERIME",
    _BLOCKING,
    _("Un export plus récent de cet établissement a déjà été importé (%(kind)s) : celui-ci est refusé."),
    _("Faites un nouvel export, puis importez-le."),
    "HORODATAGE",
)
MASS_DEPARTURE = Rule(
    "EXPORT-DEPARTS",
    _BLOCKING,
    _("Cet export retirerait %(gone)d %(what)s sur %(present)d : il est sans doute incomplet, il est refusé."),
    _("Refaites un export complet ; s’il est exact, relancez avec --allow-mass-departure."),
)
OUT_OF_MANDATE = Rule(
    "EXPORT-DROITS",
    _BLOCKING,
    _("Cet établissement n’est pas dans vos droits."),
    _("Importez les fichiers de vos établissements seulement."),
    "UAJ",
)
GROUP_REFUSED = Rule(
    "EXPORT-REFUSE",
    _BLOCKING,
    _("Cet export a été refusé (code %(code)s) : rien n’a été changé pour cet établissement."),
    _("Donnez ce code à l’exploitant."),
)
NOTHING = Rule(
    "FICHIER-AUCUN",
    _BLOCKING,
    _("Rien à importer : aucun fichier Eleves, Responsables, Structures, Nomenclature, Communs ou sts_emp."),
    _("Donnez les exports XML de SIECLE, ou les archives ZIP qui les contiennent."),
)
DATABASE_REFUSED = Rule(
    "EXPORT-BASE",
    _BLOCKING,
    _("La base de données a refusé cet établissement : rien n’y a été changé."),
    _("Réessayez ; si cela se répète, donnez l’heure de cet import à l’exploitant."),
)
DATABASE_FULL = Rule(
    "EXPORT-DISQUE",
    _BLOCKING,
    _("La base de données n’a plus de place : rien n’a été changé dans cet établissement."),
    _("L’exploitant doit libérer de la place ; importez ensuite les mêmes fichiers."),
)
NO_PUPIL = Rule(
    "EXPORT-SANS-ELEVE",
    _WARNING,
    _("Ce fichier Eleves ne contient aucun élève que l’on puisse reprendre."),
    _EXPORT_AGAIN,
)
# --- pupils ---------------------------------------------------------------------------------------------------------
PUPIL_UNNUMBERED = Rule(
    "CREAT-NUMERO",
    _BLOCKING,
    _("Cette fiche d’élève n’a pas de numéro lisible."),
    _EXPORT_AGAIN,
    "ELEVE_ID",
)
PUPIL_TWICE = Rule(
    "CREAT-DOUBLE",
    _BLOCKING,
    _("Ce numéro d’élève figure deux fois : seule la première fiche est reprise."),
    _EXPORT_AGAIN,
    "ELEVE_ID",
)
NAME_MISSING = Rule(
    "CREAT-NOM",
    _BLOCKING,
    _("Le nom de famille manque : la fiche n’est pas reprise."),
    _("Complétez la fiche dans la base, puis refaites l’export."),
    "NOM_DE_FAMILLE",
)
FIRST_NAME_MISSING = Rule(
    "CREAT-PRENOM",
    _BLOCKING,
    _("Le prénom manque : la fiche n’est pas reprise."),
    _("Complétez la fiche dans la base, puis refaites l’export."),
    "PRENOM",
)
HOMONYM = Rule(
    "CREAT-HOMONYME",
    _INFORMATION,
    _("Un autre élève porte les mêmes nom, prénom et date de naissance : ce sont deux comptes."),
    _("Vérifiez que ce sont bien deux personnes."),
    "NOM_DE_FAMILLE",
)
INE_MISSING = Rule(
    "IDNAT-ABSENT",
    _BLOCKING,
    _("L’INE manque : l’élève est mis en attente, sans compte."),
    _("Attendez l’attribution de l’INE, ou complétez la fiche, puis refaites l’export."),
    "ID_NATIONAL",
)
INE_SHAPE = Rule(
    "IDNAT-FORME",
    _BLOCKING,
    _("L’INE n’a pas onze chiffres et lettres : l’élève est mis en attente, sans compte."),
    _("Corrigez l’INE dans la base, puis refaites l’export."),
    "ID_NATIONAL",
)
INE_KEY = Rule(
    "IDNAT-CLE",
    _WARNING,
    _("La clé de l’INE n’est pas la bonne."),
    _("Vérifiez l’INE dans la base."),
    "ID_NATIONAL",
)
INE_TWICE = Rule(
    "IDNAT-DOUBLE",
    _BLOCKING,
    _("Deux élèves du fichier portent le même INE : tous deux sont mis en attente."),
    _("Corrigez l’INE de l’un d’eux dans la base, puis refaites l’export."),
    "ID_NATIONAL",
)
INE_REATTRIBUTED = Rule(
    "IDNAT-AUTRE",
    _BLOCKING,
    _("Cet INE est celui d’une autre personne (nom et date de naissance différents) : la fiche n’est pas reprise."),
    _("Vérifiez l’INE et l’identité de l’élève dans la base."),
    "ID_NATIONAL",
)
INE_CHANGED = Rule(
    "IDNAT-CHANGE",
    _WARNING,
    _("L’INE de cet élève a changé ; il garde son compte."),
    _("Vérifiez que c’est bien la même personne."),
    "ID_NATIONAL",
)
IDENTITY_CHANGED = Rule(
    "ELNOM-CHANGE",
    _WARNING,
    _("L’identité de cet élève (nom, prénom ou date de naissance) a été corrigée."),
    _("Vérifiez que c’est bien la même personne."),
    "NOM_DE_FAMILLE",
)
NAME_QUESTION = Rule(
    "ELNOM-SIGNE",
    _WARNING,
    _("Le nom ou le prénom contient « ? » : un caractère a été perdu à l’export."),
    _("Corrigez la fiche dans la base : l’identité donnée aux services serait fausse."),
    "NOM_DE_FAMILLE",
)
NAME_GARBLED = Rule(
    "ELNOM-ENCODAGE",
    _WARNING,
    _("Le nom ou le prénom semble abîmé par un mauvais encodage (« Ã© » pour « é »)."),
    _("Corrigez la fiche dans la base : l’identité donnée aux services serait fausse."),
    "NOM_DE_FAMILLE",
)
NAME_QUOTED = Rule(
    "ELNOM-GUILLEMET",
    _INFORMATION,
    _("Le nom ou le prénom était entouré de guillemets ou d’apostrophes : ils ont été retirés."),
    _("Corrigez la fiche dans la base."),
    "NOM_DE_FAMILLE",
)
NAME_LONG = Rule(
    "ELNOM-LONG",
    _WARNING,
    _("Le nom ou le prénom dépasse 100 caractères : il a été coupé."),
    _("Corrigez la fiche dans la base."),
    "NOM_DE_FAMILLE",
)
BIRTHDATE_MISSING = Rule(
    "DNAIS-ABSENTE",
    _BLOCKING,
    _("La date de naissance manque : la fiche n’est pas reprise."),
    _("Complétez la fiche dans la base, puis refaites l’export."),
    "DATE_NAISS",
)
BIRTHDATE_UNREADABLE = Rule(
    "DNAIS-FORME",
    _BLOCKING,
    _("La date de naissance n’existe pas au calendrier, ou n’est pas écrite JJ/MM/AAAA : la fiche n’est pas reprise."),
    _("Corrigez la fiche dans la base, puis refaites l’export."),
    "DATE_NAISS",
)
BIRTHDATE_FUTURE = Rule(
    "DNAIS-FUTURE",
    _BLOCKING,
    _("La date de naissance est dans l’avenir : la fiche n’est pas reprise."),
    _("Corrigez la fiche dans la base, puis refaites l’export."),
    "DATE_NAISS",
)
BIRTHDATE_ANCIENT = Rule(
    "DNAIS-ANCIENNE",
    _BLOCKING,
    _("La date de naissance est impossible, trop ancienne : la fiche n’est pas reprise."),
    _("Corrigez la fiche dans la base, puis refaites l’export."),
    "DATE_NAISS",
)
BIRTHDATE_ODD = Rule(
    "DNAIS-AGE",
    _WARNING,
    _("L’âge de cet élève est inhabituel dans un établissement scolaire."),
    _("Vérifiez la date de naissance dans la base."),
    "DATE_NAISS",
)
BIRTHPLACE = Rule(
    "LNAIS-COMMUNE",
    _WARNING,
    _("Le code de la commune de naissance est mal formé : il est laissé de côté."),
    _("Corrigez la fiche dans la base."),
    "CODE_COMMUNE_INSEE_NAISS",
)
SEX = Rule(
    "CSEXE-ABSENT",
    _WARNING,
    _("Le sexe manque ou n’est ni 1 ni 2."),
    _("Complétez la fiche dans la base."),
    "CODE_SEXE",
)
NO_DIVISION = Rule(
    "ACDIV-ABSENTE",
    _INFORMATION,
    _("Cet élève n’a pas de classe."),
    _("Affectez-le à une classe dans la base, s’il y a lieu."),
    "CODE_STRUCTURE",
)
NO_DIVISION_AT_ALL = Rule(
    "ACDIV-AUCUNE",
    _INFORMATION,
    _("Aucun élève n’a de classe : c’est l’usage l’été, avant la rentrée."),
    _("Importez à nouveau quand les classes seront faites."),
    "CODE_STRUCTURE",
)
INACTIVE_DIVISION = Rule(
    "ACDIV-INACTIFS",
    _INFORMATION,
    _("« Inactifs » n’est pas une classe : cet élève n’en a pas."),
    _("Rien à faire."),
    "CODE_STRUCTURE",
)
SEVERAL_DIVISIONS = Rule(
    "ACDIV-PLUSIEURS",
    _WARNING,
    _("Cet élève a plusieurs classes : la première dans l’ordre des codes est retenue."),
    _("Ne gardez qu’une classe dans la base."),
    "CODE_STRUCTURE",
)
SEVERAL_BLOCKS = Rule(
    "ACDIV-BLOCS",
    _WARNING,
    _("Les classes de cet élève sont données en plusieurs fois dans le fichier."),
    _EXPORT_AGAIN,
    "STRUCTURES_ELEVE",
)
DIVISION_UNKNOWN = Rule(
    "ACDIV-INCONNUE",
    _WARNING,
    _("La classe de cet élève ne figure pas dans le fichier Structures."),
    _("Exportez tous les fichiers le même jour."),
    "CODE_STRUCTURE",
)
DIVISION_LONG = Rule(
    "ACDIV-FORME",
    _WARNING,
    _("Le code de la classe dépasse 8 caractères : il est laissé de côté."),
    _("Corrigez le code de la classe dans la base."),
    "CODE_STRUCTURE",
)
NO_MEF = Rule(
    "ACMEF-ABSENT",
    _WARNING,
    _("La formation (MEF) manque : le niveau de l’élève n’est pas connu."),
    _("Complétez la fiche dans la base."),
    "CODE_MEF",
)
MEF_SHAPE = Rule(
    "ACMEF-FORME",
    _WARNING,
    _("Le code de la formation (MEF) n’a pas onze caractères."),
    _("Corrigez la fiche dans la base."),
    "CODE_MEF",
)
MEF_LEVEL = Rule(
    "ACMEF-NIVEAU",
    _WARNING,
    _("Le niveau de la formation %(mef)s n’est pas connu ; les élèves concernés n’en ont pas."),
    _("Joignez le fichier Nomenclature."),
    "CODE_MEF",
)
LEAVING_UNREADABLE = Rule(
    "SORTI-DATE",
    _WARNING,
    _("La date de sortie est illisible : elle est laissée de côté."),
    _("Corrigez la fiche dans la base."),
    "DATE_SORTIE",
)
STARTING_UNREADABLE = Rule(
    "SCOAC-DATE",
    _WARNING,
    _("La date d’entrée est illisible : elle est laissée de côté."),
    _("Corrigez la fiche dans la base."),
    "DATE_ENTREE",
)
DECEASED = Rule(
    "SORTI-DECES",
    _INFORMATION,
    _("Élève décédé : il ne figure dans aucune liste et rien ne lui est adressé, ni à ses responsables pour lui."),
    _("Rien à faire."),
    "CODE_MOTIF_SORTIE",
)
# --- guardians ------------------------------------------------------------------------------------------------------
PERSON_UNNUMBERED = Rule(
    "PAREN-NUMERO",
    _BLOCKING,
    _("Cette fiche de responsable n’a pas de numéro lisible."),
    _EXPORT_AGAIN,
    "PERSONNE_ID",
)
PERSON_TWICE = Rule(
    "PAREN-DOUBLE",
    _BLOCKING,
    _("Ce numéro de responsable figure deux fois : seule la première fiche est reprise."),
    _EXPORT_AGAIN,
    "PERSONNE_ID",
)
PERSON_UNNAMED = Rule(
    "PAREN-NOM",
    _BLOCKING,
    _("Le nom ou le prénom de ce responsable manque : la fiche n’est pas reprise."),
    _("Complétez la fiche dans la base. Un service n’a pas de compte : seule une personne en a un."),
    "NOM_DE_FAMILLE",
)
PERSON_HOMONYM = Rule(
    "PAREN-HOMONYME",
    _INFORMATION,
    _("Un autre responsable du fichier porte les mêmes nom et prénom, avec le même téléphone ou courriel."),
    _("Si c’est la même personne, ne gardez qu’une fiche dans la base."),
    "PERSONNE_ID",
)
PERSONS_UNLINKED = Rule(
    "PAREN-SANS-LIEN",
    _INFORMATION,
    _("%(count)d responsables ne sont liés à aucun élève repris : ils ne sont pas repris."),
    _("Rien à faire."),
    "PERSONNE_ID",
    _("Un responsable n’est lié à aucun élève repris : il n’est pas repris."),
)
LINKS_WITHOUT_PERSON = Rule(
    "PAREN-ABSENT",
    _WARNING,
    _("%(count)d liens désignent un responsable qui n’est pas dans le fichier, ou dont la fiche n’est pas reprise."),
    _EXPORT_AGAIN,
    "PERSONNE_ID",
    _("Un lien désigne un responsable qui n’est pas dans le fichier, ou dont la fiche n’est pas reprise."),
)
LINKS_WITHOUT_PUPIL = Rule(
    "PAREN-ELEVE-ABSENT",
    _INFORMATION,
    _("%(count)d liens désignent un élève qui n’est pas repris : ils sont laissés de côté."),
    _("Rien à faire."),
    "ELEVE_ID",
    _("Un lien désigne un élève qui n’est pas repris : il est laissé de côté."),
)
OWN_GUARDIAN = Rule(
    "PAREN-SOI",
    _INFORMATION,
    _("%(count)d élèves majeurs répondent d’eux-mêmes : aucun compte de responsable pour eux."),
    _("Rien à faire."),
    "CODE_PARENTE",
    _("Un élève majeur répond de lui-même : aucun compte de responsable pour lui."),
)
LINK_UNREADABLE = Rule(
    "PAREN-LIEN",
    _WARNING,
    _("Ce lien ne désigne pas un élève et un responsable : il est laissé de côté."),
    _EXPORT_AGAIN,
    "RESPONSABLE_ELEVE",
)
LEVEL_UNREADABLE = Rule(
    "PAREN-NIVEAU",
    _WARNING,
    _("Le niveau de responsabilité manque ou n’est pas connu : la personne est prise pour un simple contact."),
    _("Complétez la fiche dans la base."),
    "NIVEAU_RESPONSABILITE",
)
SEVERAL_LEGAL = Rule(
    "PAREN-NOMBRE",
    _WARNING,
    _("Cet élève a plus de deux responsables légaux : tous sont repris."),
    _("Vérifiez les responsables légaux dans la base."),
    "NIVEAU_RESPONSABILITE",
)
LINK_TWICE = Rule(
    "PAREN-LIEN-DOUBLE",
    _WARNING,
    _("Un même responsable est lié deux fois à cet élève."),
    _("Ne gardez qu’un lien dans la base."),
    "RESPONSABLE_ELEVE",
)
PERSON_REPLACED = Rule(
    "PAREN-AUTRE",
    _WARNING,
    _("Ce numéro désigne désormais une autre personne : elle est traitée comme nouvelle."),
    _("Vérifiez la fiche dans la base."),
    "PERSONNE_ID",
)
PERSON_MERGED = Rule(
    "PAREN-RAPPROCHE",
    _WARNING,
    _("Ce responsable a été reconnu comme une personne déjà connue sous un autre numéro."),
    _("Vérifiez que c’est bien la même personne."),
    "PERSONNE_ID",
)
CONTACT_SHARED = Rule(
    "TELEP-PARTAGE",
    _WARNING,
    _("Ce téléphone ou ce courriel est celui de trop de personnes : il ne prouve rien."),
    _("Complétez la fiche dans la base."),
    "TEL_PORTABLE",
)
PHONE_UNREADABLE = Rule(
    "TELEP-NUMERO",
    _WARNING,
    _("Ce numéro de téléphone n’existe pas."),
    _("Corrigez la fiche dans la base."),
    "TEL_PORTABLE",
)
PHONE_FIXED = Rule(
    "TELEP-FIXE",
    _INFORMATION,
    _("Le téléphone portable est un numéro fixe : il ne recevra pas de SMS."),
    _("Corrigez la fiche dans la base."),
    "TEL_PORTABLE",
)
EMAIL_UNREADABLE = Rule(
    "TELEP-MEL",
    _WARNING,
    _("L’adresse électronique est mal formée : elle est laissée de côté."),
    _("Corrigez la fiche dans la base."),
    "MEL",
)
# --- staff ----------------------------------------------------------------------------------------------------------
STAFF_NOBODY = Rule(
    "PERSO-AUCUN",
    _BLOCKING,
    _("Ce fichier STS ne nomme personne que l’on puisse reprendre : rien n’a été changé."),
    _("Refaites l’export dans STS-Web et importez le fichier tel quel."),
    "INDIVIDUS",
)
STAFF_YEAR = Rule(
    "PERSO-ANNEE",
    _BLOCKING,
    _("Ce fichier STS est celui de la rentrée de septembre %(year)s : seuls les personnels de l’année sont repris."),
    _("Exportez l’année en cours dans STS-Web ; donnez ce fichier après la rentrée."),
    "ANNEE_SCOLAIRE",
)
STAFF_UNNUMBERED = Rule(
    "PERSO-NUMERO",
    _BLOCKING,
    _("Cette fiche de personnel n’a pas de numéro lisible, ou n’est ni « epp » ni « local » : elle n’est pas reprise."),
    _("Refaites l’export dans STS-Web et importez le fichier tel quel."),
    "ID",
)
STAFF_TWICE = Rule(
    "PERSO-DOUBLE",
    _BLOCKING,
    _("Ce numéro de personnel figure deux fois : seule la première fiche est reprise."),
    _("Refaites l’export dans STS-Web et importez le fichier tel quel."),
    "ID",
)
STAFF_UNNAMED = Rule(
    "PERSO-NOM",
    _BLOCKING,
    _("Le nom ou le prénom de ce personnel manque : la fiche n’est pas reprise."),
    _("Complétez la fiche dans STS-Web, puis refaites l’export."),
    "NOM_USAGE",
)
STAFF_REPLACED = Rule(
    "PERSO-AUTRE",
    _WARNING,
    _("Ce numéro désigne désormais une autre personne : elle est traitée comme nouvelle, sans aucun droit."),
    _("Vérifiez la fiche dans STS-Web."),
    "ID",
)

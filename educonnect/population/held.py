"""What the roll holds of a person, for that person."""

from typing import Any

from educonnect.population.models import Enrolment, Guardian, Guardianship, GuardianSource, Pupil


def of_pupil(pupil: Pupil) -> dict[str, Any]:
    """Identity, schooling, and that somebody answers for the pupil; never who, which is the guardians' own."""
    return {
        "identité": {
            "identifiant national (INE)": pupil.ine,
            "ancien identifiant national": pupil.former_ine,
            "premier identifiant national connu": pupil.first_ine,
            "nom de famille": pupil.family_name,
            "nom d’usage": pupil.used_name,
            "prénom": pupil.first_name,
            "autres prénoms": pupil.other_names,
            "date de naissance": pupil.birthdate,
            "sexe": pupil.get_sex_display(),
            "commune de naissance": pupil.birth_commune,
            "pays de naissance": pupil.birth_country,
            "nom pour la recherche": pupil.folded,
            "signalé décédé": pupil.deceased,
        },
        "scolarités": [_enrolment(one) for one in pupil.enrolments.select_related("school", "division").order_by("pk")],
        "responsables": [_link(one) for one in pupil.guardianships.select_related("school").order_by("pk")],
    }


def of_guardian(guardian: Guardian) -> dict[str, Any]:
    """Identity and contacts as the schools gave them, and the children by name; the rest of a child is the child's.

    Of a child said not to be theirs, that they said so, no more.
    """
    refused = guardian.reports.values("pupil")
    links = guardian.guardianships.exclude(ended_at__isnull=False, pupil__in=refused)
    return {
        "identité": {
            "civilité": guardian.civility,
            "nom de famille": guardian.family_name,
            "nom d’usage": guardian.used_name,
            "prénom": guardian.first_name,
            "téléphone mobile": guardian.mobile,
            "adresse e-mail donnée par l’établissement": guardian.email,
            "nom pour la recherche": guardian.folded,
            "nom pour la reconnaissance": guardian.identity,
        },
        "numéros dans les bases académiques": [
            {"base": one.si_instance, "numéro": one.source_id}
            for one in GuardianSource.objects.filter(guardian=guardian).order_by("pk")
        ],
        "enfants": [
            {"prénom": one.pupil.first_name, "nom de famille": one.pupil.family_name, **_link(one)}
            for one in links.select_related("school", "pupil").order_by("pk")
        ],
        "signalements": [
            {
                "établissement": one.school_id,
                "le": one.reported_at,
                "décision": one.get_outcome_display(),
                "décidé le": one.decided_at,
            }
            for one in guardian.reports.order_by("pk")
        ],
    }


def _enrolment(one: Enrolment) -> dict[str, Any]:
    return {
        "établissement": one.school_id,
        "nom de l’établissement": one.school.name,
        "année scolaire": f"{one.year}-{one.year + 1}",
        "classe": one.division.code if one.division else "",
        "formation (MEF)": one.mef,
        "niveau (MEFSTAT4)": one.level,
        "numéro dans la base académique": one.source_id,
        "commencée le": one.started_on,
        "sortie le": one.leaves_on,
        "motif de sortie": one.leaving_reason,
        "terminée le": one.ended_at,
    }


def _link(one: Guardianship) -> dict[str, Any]:
    return {
        "établissement": one.school_id,
        "niveau de responsabilité": one.level,
        "lien de parenté": one.kinship,
        "terminé le": one.ended_at,
    }

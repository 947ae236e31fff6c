"""The screens: an account, an identity certified by ÉduConnect, a credit, an offer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, abort, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response as AnyResponse

from services.pass_culture import credit
from services.pass_culture.educonnect import EduConnect, NotStudentError, UnreadableError
from services.pass_culture.store import Account, Certified, DuplicateINEError, DuplicateUserError, Store

SEE_OTHER = 303
LEAST_PASSWORD = 12
screens = Blueprint("pass", __name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What the screens stand on.

    Attributes:
        base_url: its own address; its host and the identity provider's are the only origins it redirects to.
        today: the day an application is made, which decides the credit rules.
        educonnect_is_on: the switch that turns the ÉduConnect way off.
    """

    base_url: str
    idp_origin: str
    store: Store
    idp: EduConnect
    today: Callable[[], date]
    educonnect_is_on: bool


def service() -> Service:
    """The running service."""
    found: Service = current_app.extensions["pass_culture"]
    return found


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to book; price in cents."""

    key: str
    title: str
    place: str
    cents: int


OFFERS = (
    Offer("theatre", "« Le Joker », théâtre", "Scène du Lamentin (fictive)", 1200),
    Offer("concert", "Concert bèlè", "Place du marché (fictive)", 800),
    Offer("expo", "Exposition « Lumières »", "Musée imaginaire", 0),
)

FAILURES = {
    "UserTypeNotStudent": (
        "Ce compte ÉduConnect n’est pas celui d’un élève",
        "Connectez-vous avec votre propre compte d’élève : celui d’un parent ne peut pas ouvrir votre crédit.",
    ),
    "UserAgeNotValid": (
        "Votre âge ne permet pas d’ouvrir un crédit avec ÉduConnect",
        "ÉduConnect ouvre le pass aux jeunes de 15 à 17 ans. Si la date de naissance est fausse, demandez à votre"
        " établissement de la corriger, puis recommencez.",
    ),
    "UserAgeNotValid18YearsOld": (
        "Vous avez 18 ans",
        "À 18 ans, le crédit est de {adult} €, et votre âge se prouve par une pièce d’identité, et non par ÉduConnect.",
    ),
    "DuplicateUser": (
        "Vous avez déjà un pass",
        "Une personne de ce nom et de cette date de naissance a déjà un pass. Cherchez l’autre adresse e-mail que vous"
        " avez peut-être utilisée, ou écrivez à l’assistance.",
    ),
    "DuplicateINE": (
        "Votre compte ÉduConnect a déjà ouvert un pass",
        "Cherchez l’autre adresse e-mail que vous avez peut-être utilisée, ou écrivez à l’assistance.",
    ),
    "Unavailable": (
        "ÉduConnect est indisponible pour le moment",
        "Réessayez plus tard, ou utilisez votre pièce d’identité.",
    ),
    "": (
        "Nous n’avons pas pu lire la réponse d’ÉduConnect",
        "La demande était peut-être trop ancienne. Recommencez : rien n’a été enregistré.",
    ),
}


# failures that another try with ÉduConnect would meet again
OTHER_WAY = {"UserAgeNotValid18YearsOld", "Unavailable"}


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """A screen for people of the application only."""

    @wraps(view)
    def only(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if g.account else redirect(url_for(".sign_in"), SEE_OTHER)

    return only


@screens.get("/")
def home() -> str:
    account: Account | None = g.account
    bookings = service().store.bookings(account.id) if account else []
    free_only = False
    if account and account.birthdate:
        rule = credit.granted(account.birthdate, service().today())
        free_only = rule is not None and rule.euros == 0
    return render_template("home.html", offers=OFFERS, bookings=bookings, free_only=free_only)


@screens.route("/application/inscription", methods=["GET", "POST"])
def register() -> Any:
    problem = ""
    if request.method == "POST":
        email, password = request.form.get("email", "").strip(), request.form.get("password", "")
        if "@" not in email or len(email) > 254:
            problem = "Écrivez votre adresse e-mail, par exemple prenom@exemple.fr."
        elif len(password) < LEAST_PASSWORD:
            problem = "Choisissez un mot de passe d’au moins 12 caractères."
        elif (number := service().store.create(email, generate_password_hash(password))) is None:
            problem = "Cette adresse a déjà un compte : connectez-vous."
        else:
            _enter(number)
            return redirect(url_for(".identity"), SEE_OTHER)
    return render_template("register.html", problem=problem, email=request.form.get("email", "")), (
        422 if problem else 200
    )


@screens.route("/connexion", methods=["GET", "POST"])
def sign_in() -> Any:
    problem = ""
    if request.method == "POST":
        known = service().store.by_email(request.form.get("email", "").strip())
        if known is not None and check_password_hash(known.password, request.form.get("password", "")):
            _enter(known.id)
            return redirect(url_for(".home"), SEE_OTHER)
        problem = (
            "Adresse ou mot de passe inconnus. Le site ne connecte que les comptes créés dans l’application :"
            " créez d’abord le vôtre."
        )
    return render_template("sign_in.html", problem=problem, email=request.form.get("email", "")), (
        422 if problem else 200
    )


@screens.post("/deconnexion")
def sign_out() -> AnyResponse:
    session.clear()
    return redirect(url_for(".home"), SEE_OTHER)


@screens.get("/identite")
@signed_in
def identity() -> str:
    return render_template("identity.html")


@screens.get("/identite/document")
@signed_in
def document() -> str:
    return render_template("document.html")


@screens.get("/identite/educonnect")
def what_is_it() -> str:
    return render_template("what_is_it.html")


@screens.get("/saml/metadata.xml")
def metadata() -> Response:
    return Response(service().idp.metadata(), mimetype="application/samlmetadata+xml")


@screens.get("/saml/educonnect/login")
@signed_in
def login() -> AnyResponse:
    if not service().educonnect_is_on:
        return redirect(url_for(".failure", code="Unavailable"), SEE_OTHER)
    try:
        address, request_id = service().idp.login_url(_http())
    except UnreadableError:
        return redirect(url_for(".failure", code="Unavailable"), SEE_OTHER)
    service().store.remember_request(request_id, g.account.id)
    return redirect(address)


@screens.post("/saml/acs/")
def acs() -> AnyResponse:
    # comes from another site, so without our cookie: whose it is, the request's identifier tells
    try:
        number, found = service().idp.read(_http(), service().store.redeem_request)
    except NotStudentError as error:
        return _failed("UserTypeNotStudent", error.logout_url)
    except UnreadableError as error:
        return _failed("", error.logout_url)
    try:
        service().store.refuse_duplicate(number, found)
    except DuplicateINEError:
        return _failed("DuplicateINE", found.logout_url)
    except DuplicateUserError:
        return _failed("DuplicateUser", found.logout_url)
    if credit.granted(found.birthdate, service().today()) is None:
        of_age = credit.age_on(found.birthdate, service().today()) == credit.ADULT
        return _failed("UserAgeNotValid18YearsOld" if of_age else "UserAgeNotValid", found.logout_url)
    return redirect(url_for(".validation", reponse=service().store.hold(number, found)), SEE_OTHER)


@screens.route("/educonnect/validation", methods=["GET", "POST"])
@signed_in
def validation() -> Any:
    account: Account = g.account
    held = service().store.held(account.id, request.args.get("reponse", ""))
    if held is None:
        return redirect(url_for(".home" if account.birthdate else ".identity"), SEE_OTHER)
    if request.method == "GET":
        return render_template("validation.html", held=held)
    if request.form.get("answer") != "me":
        service().store.forget_held(account.id)
        return _leave(held.logout_url, "identity")
    if request.form.get("sworn") != "on":
        return render_template("validation.html", held=held, problem=True), 422
    return _open(account, held, service().today())


def _open(account: Account, held: Certified, day: date) -> AnyResponse:
    rule = credit.granted(held.birthdate, day)
    if rule is None:
        return _failed("UserAgeNotValid", held.logout_url)
    try:
        service().store.open_credit(account.id, held, rule.euros * 100, credit.lost_on(held.birthdate, rule))
    except DuplicateINEError:
        return _failed("DuplicateINE", held.logout_url)
    except DuplicateUserError:
        return _failed("DuplicateUser", held.logout_url)
    return _leave(held.logout_url, "home")


def _leave(logout_url: str, then: str) -> AnyResponse:
    """Sign ÉduConnect out through the address it gave us, and come back."""
    if origin(logout_url) != service().idp_origin:
        return redirect(url_for("." + then), SEE_OTHER)
    back = quote(service().base_url + url_for("." + then), safe="")
    return redirect(f"{logout_url}{'&' if '?' in logout_url else '?'}return={back}", SEE_OTHER)


def _failed(code: str, logout_url: str) -> AnyResponse:
    """The failure's page. No cookie may be written here: an answer comes without ours, and would replace it."""
    return redirect(url_for(".failure", code=code or None, logoutUrl=logout_url or None), SEE_OTHER)


@screens.get("/educonnect/erreur")
def failure() -> Any:
    code = request.args.get("code", "")
    title, cure = FAILURES.get(code, FAILURES[""])
    adult = credit.rule_at(credit.ADULT, service().today())
    logout_url = request.args.get("logoutUrl", "")
    if origin(logout_url) != service().idp_origin:
        logout_url = ""
    back = quote(service().base_url + url_for(".identity"), safe="")
    leave = f"{logout_url}{'&' if '?' in logout_url else '?'}return={back}" if logout_url else ""
    return render_template(
        "failure.html",
        title=title,
        cure=cure.format(adult=adult.euros if adult else 0),
        leave=leave,
        other_way=code in OTHER_WAY,
    )


@screens.post("/offres/<key>")
@signed_in
def book(key: str) -> Any:
    offer = next((offer for offer in OFFERS if offer.key == key), None)
    if offer is None:
        abort(404)
    booked = service().store.book(g.account.id, offer.title, offer.cents, service().today())
    return redirect(url_for(".booked" if booked else ".not_booked", key=key), SEE_OTHER)


@screens.get("/offres/<key>/reservee")
@signed_in
def booked(key: str) -> str:
    return render_template("booked.html", offer=next((o for o in OFFERS if o.key == key), None), done=True)


@screens.get("/offres/<key>/credit-insuffisant")
@signed_in
def not_booked(key: str) -> str:
    return render_template("booked.html", offer=next((o for o in OFFERS if o.key == key), None), done=False)


@screens.app_errorhandler(403)
@screens.app_errorhandler(404)
@screens.app_errorhandler(413)
def wrong_way(error: Any) -> Any:
    return render_template("wrong_way.html"), error.code


def _enter(number: int) -> None:
    session.clear()
    session["account"] = number


def origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else ""


def _http() -> dict[str, Any]:
    """The request as the SAML library wants it; the address is ours by configuration, never the Host header's."""
    parts = urlsplit(service().base_url)
    return {
        "https": "on" if parts.scheme == "https" else "off",
        "http_host": parts.netloc,
        "script_name": request.path,
        "get_data": request.args.to_dict(),
        "post_data": request.form.to_dict(),
    }

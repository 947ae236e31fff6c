"""Others' service providers in a real Apache: Debian's Shibboleth SP and mod_auth_mellon, on ports of this machine."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

from tests.saml.service import key_pair

MODULES = Path("/usr/lib/apache2/modules")
ARC = "urn:oid:1.3.6.1.4.1.20326.10.999.1."
#: what the services read, under the names that their applications know
READ = {
    f"{ARC}5": "FrEduUrlRetour",
    f"{ARC}7": "FrEduCtPersonAffiliation",
    f"{ARC}72": "FrEduCtEleveUAI",
    "urn:oid:2.5.4.42": "givenName",
    "urn:oid:2.5.4.4": "sn",
}
PAGE = "<!doctype html><title>Service</title><pre><!--#printenv --></pre>"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """A process of its own, and what it said, to be shown when it does not start."""

    words: list[str]
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.said = (self.folder / f"{Path(self.words[0]).name}.out").open("w+")
        self.process = subprocess.Popen(
            self.words,
            cwd=self.folder,
            env={**os.environ, **self.variables},
            stdout=self.said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def listens(self, port: int) -> None:
        """Wait until it does."""
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        logs = "".join(path.read_text(errors="replace")[-3000:] for path in self.folder.glob("*.log"))
        raise AssertionError(f"{self.words[0]}: {(self.folder / Path(self.said.name).name).read_text()}{logs}")

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.said.close()


def fetched(address: str) -> bytes:
    """What an address answers, as soon as it does."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return bytes(answer.read())
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


def apache(folder: Path, ports: list[int], modules: list[str], inside: str) -> Program:
    """An Apache of this configuration, whose pages print what the service learnt."""
    pages = folder / "pages"
    for place in (pages, pages / "reserve"):
        place.mkdir()
        (place / "index.shtml").write_text(PAGE)
        (place / "adieu.shtml").write_text("<!doctype html><title>Adieu</title><h1>Adieu</h1>")
    (pages / "favicon.ico").write_bytes(b"")
    loaded = ["mpm_event", "authn_core", "authz_core", "authz_user", "mime", "dir", "include", *modules]
    present = {path.stem for path in MODULES.glob("mod_*.so")}
    lines = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in loaded if f"mod_{name}" in present]
    if os.getuid() == 0:
        lines += ["User www-data", "Group www-data"]
    lines += [f"Listen 127.0.0.1:{port}" for port in ports]
    (folder / "apache.conf").write_text(
        "\n".join(lines).replace("shib_module", "mod_shib")
        + f"""
ServerName 127.0.0.1
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.log
DefaultRuntimeDir {folder}
Mutex file:{folder} default
TypesConfig /etc/mime.types
DocumentRoot {pages}
DirectoryIndex index.shtml
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
StartServers 1
ThreadsPerChild 8
MinSpareThreads 8
MaxSpareThreads 16
MaxRequestWorkers 16
UseCanonicalName Off
<Directory {pages}>
  Options +Includes
  Require all granted
</Directory>
{inside}
"""
    )
    program = Program(["/usr/sbin/apache2", "-f", str(folder / "apache.conf"), "-DFOREGROUND"], folder)
    for port in ports:
        program.listens(port)
    return program


class Shibboleth:
    """Debian's Shibboleth SP, one program with two services: at 127.0.0.1 and at localhost."""

    def __init__(self, folder: Path, entity_id: str, idp_metadata: bytes) -> None:
        here, there, listener = free_port(), free_port(), free_port()
        self.first, self.second = f"http://127.0.0.1:{here}", f"http://localhost:{there}"
        keys = key_pair("shibboleth")
        (folder / "sp.key").write_text(keys.key_pem)
        (folder / "sp.pem").write_text(keys.pem)
        (folder / "idp.xml").write_bytes(idp_metadata)
        rules = "".join(f'<Attribute name="{name}" id="{word}"/>' for name, word in READ.items())
        (folder / "map.xml").write_text(
            f'<Attributes xmlns="urn:mace:shibboleth:2.0:attribute-map">{rules}</Attributes>'
        )
        hosts = "".join(
            f'<Host scheme="http" name="{name}" port="{port}" entityIDSelf="http://$hostname/shibboleth">'
            '<Path name="reserve" authType="shibboleth" requireSession="true"/></Host>'
            for name, port in (("127.0.0.1", here), ("localhost", there))
        )
        (folder / "shibboleth2.xml").write_text(
            f"""<SPConfig xmlns="urn:mace:shibboleth:3.0:native:sp:config" clockSkew="180">
<OutOfProcess logger="{folder}/shibd.logger"/><InProcess logger="{folder}/native.logger"/>
<TCPListener address="127.0.0.1" port="{listener}" acl="127.0.0.1"/>
<RequestMapper type="Native"><RequestMap>{hosts}</RequestMap></RequestMapper>
<ApplicationDefaults entityID="http://127.0.0.1:{here}/shibboleth" REMOTE_USER="persistent-id" signing="front"
    homeURL="http://127.0.0.1:{here}/">
<Sessions lifetime="28800" timeout="3600" relayState="ss:mem" checkAddress="false" handlerSSL="false"
    cookieProps="http" redirectLimit="none">
<SSO entityID="{entity_id}">SAML2</SSO>
<Logout outgoingBindings="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">SAML2 Local</Logout>
<Handler type="MetadataGenerator" Location="/Metadata" signing="false"/>
</Sessions>
<Errors supportContact="aide@ent.invalid"/>
<MetadataProvider type="XML" path="{folder}/idp.xml"/>
<AttributeExtractor type="XML" path="{folder}/map.xml"/>
<CredentialResolver type="File" key="{folder}/sp.key" certificate="{folder}/sp.pem"/>
</ApplicationDefaults>
<SecurityPolicyProvider type="XML" path="/etc/shibboleth/security-policy.xml"/>
<ProtocolProvider type="XML" path="/etc/shibboleth/protocols.xml"/>
</SPConfig>"""
        )
        for name in ("shibd", "native"):
            (folder / f"{name}.logger").write_text(
                "log4j.rootCategory=INFO, out\nlog4j.appender.out=org.apache.log4j.FileAppender\n"
                f"log4j.appender.out.fileName={folder}/{name}.log\n"
                "log4j.appender.out.layout=org.apache.log4j.PatternLayout\n"
                "log4j.appender.out.layout.ConversionPattern=%d %p %c: %m%n\n"
            )
            (folder / f"{name}.log").touch()
            (folder / f"{name}.log").chmod(0o666)
        configuration = str(folder / "shibboleth2.xml")
        self.daemon = Program(
            ["/usr/sbin/shibd", "-F", "-f", "-c", configuration, "-p", str(folder / "shibd.pid")], folder
        )
        self.daemon.listens(listener)
        self.apache = apache(
            folder,
            [here, there],
            ["shib"],
            f"ShibConfig {configuration}\n<Location />\n AuthType shibboleth\n Require shibboleth\n</Location>\n"
            "<Location /reserve>\n AuthType shibboleth\n ShibRequestSetting requireSession 1\n"
            " Require shib-session\n</Location>",
        )

    def metadata(self) -> list[bytes]:
        return [fetched(f"{site}/Shibboleth.sso/Metadata") for site in (self.first, self.second)]

    def stop(self) -> None:
        self.apache.stop()
        self.daemon.stop()


class Mellon:
    """Debian's mod_auth_mellon, on Lasso."""

    def __init__(self, folder: Path, idp_metadata: bytes) -> None:
        port = free_port()
        self.site = f"http://127.0.0.1:{port}"
        keys = key_pair("mellon")
        (folder / "sp.key").write_text(keys.key_pem)
        (folder / "sp.pem").write_text(keys.pem)
        (folder / "idp.xml").write_bytes(idp_metadata)
        named = "\n".join(f'  MellonSetEnvNoPrefix "{word}" "{name}"' for name, word in READ.items())
        self.apache = apache(
            folder,
            [port],
            ["auth_mellon"],
            f"""<Location />
  MellonEnable info
  MellonEndpointPath /mellon
  MellonSPentityId {self.site}/mellon/metadata
  MellonSPPrivateKeyFile {folder}/sp.key
  MellonSPCertFile {folder}/sp.pem
  MellonIdPMetadataFile {folder}/idp.xml
  MellonSecureCookie On
  MellonCookieSameSite None
  MellonRedirectDomains *
{named}
</Location>
<Location /reserve>
  AuthType Mellon
  MellonEnable auth
  Require valid-user
</Location>""",
        )

    def metadata(self) -> bytes:
        return fetched(f"{self.site}/mellon/metadata")

    def stop(self) -> None:
        self.apache.stop()

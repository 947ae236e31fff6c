// A provider of its own making (panva's), set as ProConnect's documentation says: authorization code alone, secret in
// the form, signed userinfo, a code of 30 seconds, an unknown parameter answered by an error page.
import { createServer } from "node:http";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { Provider } from "oidc-provider";

const { port, clients, people } = JSON.parse(process.argv[2]);
const MOUNT = "/api/v2";
const KNOWN = new Set([
  "client_id", "acr_values", "claims", "response_type", "response_mode", "nonce", "login_hint", "state",
  "redirect_uri", "scope", "prompt", "idp_hint", "code_challenge", "code_challenge_method",
]);

const key = (made, alg) => ({ ...made.privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg });
const jwks = {
  keys: [
    key(generateKeyPairSync("rsa", { modulusLength: 2048 }), "RS256"),
    key(generateKeyPairSync("ec", { namedCurve: "P-256" }), "ES256"),
  ],
};

const single = ["given_name", "usual_name", "family_name", "email", "uid", "siret", "idp_id"];
const hub = ["rne", "FrEduFonctAdm", "FrEduRne", "FrEduRneResp", "FrEduResDel", "title", "typensi", "codaca"];

const provider = new Provider(`http://127.0.0.1:${port}${MOUNT}`, {
  clients,
  jwks,
  clientAuthMethods: ["client_secret_post"],
  responseTypes: ["code"],
  scopes: ["openid", ...single, "stage", "profile", "email"],
  claims: {
    openid: ["sub"],
    acr: null,
    amr: null,
    auth_time: null,
    ...Object.fromEntries(single.map((name) => [name, [name]])),
    profile: ["given_name", "family_name"],
    stage: hub,
  },
  acrValues: ["eidas0", "eidas1", "eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"],
  enabledJWA: {
    idTokenSigningAlgValues: ["RS256", "ES256", "HS256"],
    userinfoSigningAlgValues: ["RS256", "ES256", "HS256"],
  },
  pkce: { methods: ["S256"], required: () => false },
  ttl: { AuthorizationCode: 30, AccessToken: 60, IdToken: 60, Grant: 60, Interaction: 1800, Session: 1800 },
  cookies: { keys: [randomUUID()] },
  routes: {
    authorization: "/authorize",
    token: "/token",
    userinfo: "/userinfo",
    jwks: "/jwks",
    end_session: "/session/end",
  },
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    jwtUserinfo: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = page(`${form}<button form="op.logoutForm" name="logout" value="yes">Fermer ma session</button>`);
      },
    },
  },
  interactions: { url: (ctx, interaction) => `${MOUNT}/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope([...ctx.oidc.requestParamScopes].join(" "));
    grant.addOIDCClaims([...ctx.oidc.requestParamClaims]);
    await grant.save();
    return grant;
  },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id].claims }) }),
  renderError(ctx, out) {
    ctx.type = "html";
    ctx.body = page(`<p>Erreur : ${out.error}</p>`);
  },
});

const page = (content) =>
  `<!doctype html><html lang="fr"><meta charset="utf-8"><title>Simulateur</title><body><h1>Simulateur</h1>${content}</body></html>`;

provider.use(async (ctx, next) => {
  const strict = ctx.path === "/authorize" && ctx.query.client_id !== "hub"; // hubs take what the specification has
  if (strict && Object.keys(ctx.query).some((name) => !KNOWN.has(name))) {
    ctx.status = 400;
    ctx.type = "html";
    ctx.body = page("<p>Une erreur technique est survenue. Code Y000400</p>");
    return;
  }
  const asked = ctx.path.match(/^\/interaction\/[\w-]+$/);
  if (!asked) {
    await next();
    return;
  }
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = page(
      `<form method="post"><label>Identifiant <input name="login"></label>
       <button name="do" value="sign-in">Me connecter</button><button name="do" value="leave">Renoncer</button></form>`,
    );
    return;
  }
  const pieces = [];
  for await (const piece of ctx.req) pieces.push(piece);
  const typed = new URLSearchParams(Buffer.concat(pieces).toString());
  const who = people[typed.get("login")];
  const result =
    typed.get("do") === "leave" || !who
      ? { error: "access_denied", error_description: "User auth aborted" }
      : { login: { accountId: typed.get("login"), acr: who.acr, amr: who.amr, remember: true } };
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
});

const answer = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith(`${MOUNT}/`)) {
    response.writeHead(404).end();
    return;
  }
  request.originalUrl = request.url;
  request.url = request.url.slice(MOUNT.length);
  answer(request, response);
}).listen(port, "127.0.0.1", () => console.log("ready"));

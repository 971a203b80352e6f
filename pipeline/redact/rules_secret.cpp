// Credentials: first the formats that name their maker, then what only its surroundings give away.
// Examples are written in two pieces so that no scanner takes this file for a leak.
#include "pipeline/redact/rules.h"

namespace triage::redact {
namespace {

// clang-format off
#define ALNUM20 "a1B2c3D4e5" "F6g7H8i9J0"
#define ALNUM36 ALNUM20 "k1L2m3N4o5P6q7R8"
#define HEX32 "0f1e2d3c4b5a6978" "8796a5b4c3d2e1f0"
constexpr auto S = RuleClass::secret;
constexpr auto A = RuleClass::assigned;

std::vector<Rule> all() {
  return {
    // ---- formats ----
    {"private-key", "PRIVATE_KEY", S, R"((?s)-----BEGIN[ A-Z0-9_\-]{0,60}PRIVATE KEY(?: BLOCK)?-----.*?-----END[ A-Z0-9_\-]{0,60}PRIVATE KEY(?: BLOCK)?-----)", {"private key"}, nullptr, 0,
      {"-----BEGIN RSA PRIVATE " "KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"}, {"-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----"}, 16384},
    {"private-key-cut", "PRIVATE_KEY", S, R"(-----BEGIN[ A-Z0-9_\-]{0,60}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\n)*(?:[A-Za-z0-9+/=:,\- ]{8,}(?:\s|\\n|\\r)*)+)", {"private key"}, nullptr, 0,
      {"-----BEGIN EC PRIVATE " "KEY-----\nMHcCAQEEIIabcdefgh\nqwertzuiop123456\n"}, {"a private key is missing"}, 16384},
    {"jwt", "TOKEN", S, R"(\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){0,3})", {"eyj"}, valid_jwt, 0,
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"}, {"eyJub3QganNvbg.abcdefghij.klmnopqrst"}},
    {"openai", "API_KEY", S, R"(\bsk-(?:proj-|svcacct-|admin-|ant-[a-z0-9]{2,8}-|or-v1-|lf-)?[A-Za-z0-9_\-]{20,})", {"sk-"}, random_token, 3.2,
      {"sk-" ALNUM36, "sk-ant-api03-" ALNUM36, "sk-proj-" ALNUM36}, {"sk-estimator-doc-link-open-here", "ask-me-anything-about-this-1"}},
    {"aws-access-key", "API_KEY", S, R"(\b(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}\b)", {"akia", "asia", "abia", "acca", "a3t"}, nullptr, 0,
      {"AKIA" "IOSFODNN7ABCDEFG", "ASIA" "Y34FZKBOKMUTVV7A"}, {"AKIA", "XAKIAIOSFODNN7ABCDEFGHIJ"}},
    {"aws-secret-key", "API_KEY", S, R"((?i)(?:aws|amazon|secret_?access_?key).{0,40}?[^A-Za-z0-9/+]([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$))", {"aws", "amazon", "secret"}, random_token, 4,
      {"aws_secret_access_key = wJalrXUtnFEMI" "/K7MDENG/bPxRfiCYzz12345678"}, {"aws commit 0123456789abcdef0123456789abcdef0123456"}},
    {"aws-bedrock", "API_KEY", S, R"(\b(?:ABSK[A-Za-z0-9+/]{60,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{12,}))", {"absk", "bedrock-api-key"}, nullptr, 0, {"bedrock-api-key-" "YmVkcm9jay5hbWF6b25hd3M"}, {"ABSK"}},
    {"github", "API_KEY", S, R"(\bgh[opru]_[A-Za-z0-9]{30,}\b|\bghs_[A-Za-z0-9]{8,}(?:[_.\-][A-Za-z0-9_\-]{4,}){0,4}|\bgithub_pat_[A-Za-z0-9_]{20,})", {"ghp_", "gho_", "ghr_", "ghu_", "ghs_", "github_pat_"}, random_token, 0,
      {"ghp_" ALNUM36, "ghs_" ALNUM20, "ghs_12345678_eyJhbGciOi.eyJpc3MiOi.c2ln" "bmF0dXJl", "github_pat_" ALNUM36}, {"ghp_short", "ghs_function_name"}},
    {"gitlab", "API_KEY", S, R"(\bgl(?:pat|ptt|dt|rt|cbt|ft|soat|imt|agent|oas|ffct|rtr|wt)-[A-Za-z0-9_\-=]{16,}(?:\.[A-Za-z0-9_\-]{2,}){0,3}|\bGR1348941[A-Za-z0-9_\-]{20,}|\b_gitlab_session=[0-9a-z]{32})", {"glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-", "glffct-", "glrtr-", "glwt-", "gr1348941", "_gitlab_session"}, nullptr, 2.5,
      {"glpat-" ALNUM20, "GR1348941" ALNUM20}, {"glpat-x"}},
    {"slack", "API_KEY", S, R"(\bxox[a-z](?:[\-.][A-Za-z0-9%]{1,}){1,8}|\bxapp-\d-[A-Z0-9]+-\d+-[A-Za-z0-9]+|(?:https?://)?hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,})", {"xox", "xapp-", "hooks.slack.com"}, random_token, 2,
      {"xoxb-" "123456789012-1234567890123-" ALNUM20, "https://hooks.slack.com/services/" "T00000000/B00000000/" ALNUM20}, {"xoxo-love", "hooks.slack.com/docs"}},
    {"stripe", "API_KEY", S, R"(\b(?:sk|rk|pk)_(?:live|test|prod)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/]{20,}={0,2})", {"k_live_", "k_test_", "k_prod_", "whsec_"}, nullptr, 0,
      {"sk_live_" ALNUM20, "whsec_" ALNUM36}, {"risk_test_value", "sk_test_"}},
    {"google", "API_KEY", S, R"(\bAIza[A-Za-z0-9_\-]{35}|\bGOCSPX-[A-Za-z0-9_\-]{20,}|\bya29\.[A-Za-z0-9_\-]{20,}|\b1//0[A-Za-z0-9_\-]{30,})", {"aiza", "gocspx-", "ya29.", "1//0"}, random_token, 3,
      {"AIza" "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q", "GOCSPX-" ALNUM36}, {"AIzaShort"}},
    {"npm", "API_KEY", S, R"(\bnpm_[A-Za-z0-9]{36}\b)", {"npm_"}, random_token, 2, {"npm_" ALNUM36}, {"npm_config_registry"}},
    {"pypi", "API_KEY", S, R"(\bpypi-[A-Za-z0-9_\-]{50,})", {"pypi-"}, nullptr, 3, {"pypi-AgEIcHlwaS5vcmc" ALNUM36 ALNUM20}, {"pypi-server-documentation"}},
    {"sendgrid", "API_KEY", S, R"(\bSG\.[A-Za-z0-9_\-=]{16,64}\.[A-Za-z0-9_\-=]{16,64}|\bSG\.[A-Za-z0-9_\-=.]{66}\b)", {"sg."}, nullptr, 3, {"SG." ALNUM20 "." ALNUM36}, {"SG.name"}},
    {"twilio", "API_KEY", S, R"(\b(?:SK|AC)[0-9a-f]{32}\b)", {"sk", "ac"}, nullptr, 2.5, {"SK" HEX32}, {"SK0123"}},
    {"telegram", "API_KEY", S, R"((?i)\b\d{5,16}:(?-i:A)[A-Za-z0-9_\-]{34}(?:[^A-Za-z0-9_\-]|$))", {":a"}, nullptr, 3, {"110201543:AAH" "dqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw"}, {"12:AM"}},
    {"azure-storage", "API_KEY", S, R"((?i)(?:AccountKey|SharedAccessKey|SharedSecretKey)=([A-Za-z0-9+/]{40,}={0,2}))", {"accountkey", "sharedaccesskey", "sharedsecretkey"}, nullptr, 3, {"AccountKey=" ALNUM36 ALNUM36 "=="}, {"AccountKey=abc"}},
    {"azure-client-secret", "API_KEY", S, R"([A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.\-]{31,34})", {"q~"}, nullptr, 3, {"abc8Q~" ALNUM20 "k1L2m3N4o5P6q7"}, {"seq~1"}},
    {"azure-sas", "API_KEY", S, R"([?&;]sig=([A-Za-z0-9%+/]{30,}={0,2}))", {"sig="}, nullptr, 3, {"?sv=2020&sig=" ALNUM36 "%3D"}, {"?sig=abc"}},
    {"url-password", "PASSWORD", S, R"([a-zA-Z][a-zA-Z0-9+.\-]{1,30}://[^\s/:@"'<>]{0,100}:([^\s/@"'<>]{2,200})@)", {"://"}, nullptr, 0,
      {"https://user:" "pa55w0rd@example.com/x", "postgres://app:" "hunter2@db:5432/shop"}, {"https://example.com:8080/a@b", "http://[::1]:80/"}},
    {"authorization", "TOKEN", S, R"((?i)\bauthorization["']?\s*[:=,]\s*["']?(?:(?:bearer|basic|token|digest|apikey|negotiate)\s+)?([A-Za-z0-9_\-.~+/=:|]{8,}))", {"authorization"}, random_token, 2.5,
      {"Authorization: Bearer " ALNUM20, "authorization: Basic dXNlcjpw" "YXNzd29yZDEyMw==", "\"Authorization\": \"token " ALNUM20 "\""}, {"Authorization: required", "authorization = check_permissions"}},
    {"bearer", "TOKEN", S, R"((?i)\bbearer\s+([A-Za-z0-9_\-.~+/=]{16,}))", {"bearer"}, random_token, 3, {"-H 'X: Bearer " ALNUM20 "'"}, {"the bearer of this announcement"}},
    {"curl-user", "PASSWORD", S, R"(\bcurl\b[^\n]*?\s(?:-u|--user)[ =]?["']?([^\s"':]+:[^\s"']{3,}))", {"curl"}, nullptr, 0, {"curl -u elastic:" "P4ssw0rd https://h"}, {"curl -u name https://h"}},
    {"cookie", "COOKIE", S, R"((?i)\b(?:set-)?cookie["']?\s*:\s*["']?([\w.\-]+=[^\s"';,]{6,}(?:;\s*[\w.\-]+(?:=[^\s"';,]*)?){0,50}))", {"cookie"}, nullptr, 0,
      {"Cookie: session=" ALNUM20 "; theme=dark", "Set-Cookie: sid=abcdef123456; Path=/; HttpOnly"}, {"cookie: none", "a cookie was set"}},
    {"connection-string", "PASSWORD", S, R"((?i)(?:server|data source|host|user id|uid|database|initial catalog)\s*=[^\n]{0,300}?;\s*(?:password|pwd)\s*=\s*([^;"'\s]{3,}))", {"pwd", "password"}, nullptr, 0, {"Server=db;Uid=app;Pwd=" "hunter2;"}, {"Server=db;Database=x"}},
    {"netrc", "PASSWORD", S, R"(\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+))", {"machine"}, nullptr, 0, {"machine api.example.com login joe password " "hunter2"}, {"machine learning"}, 512},
    {"discord-webhook", "API_KEY", S, R"(https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_\-]{20,})", {"api/webhooks"}, nullptr, 0, {"https://discord.com/api/webhooks/" "123456789/" ALNUM36}, {"https://discord.com/api/webhooks/"}},
    {"teams-webhook", "API_KEY", S, R"(https://[a-z0-9\-]+\.webhook\.office\.com/webhookb2/[A-Za-z0-9@\-/]{40,})", {"webhook.office.com"}, nullptr, 0, {"https://acme.webhook.office.com/webhookb2/" HEX32 "@" HEX32}, {"https://webhook.office.com/"}},
    {"sidekiq", "API_KEY", S, R"((?i)contribsys[\w]*["'`]?\s*(?:=>|:{1,3}=|\?=|\.=|=|:|,|>)?\s*(?:string\s*=\s*)?["'`]?([0-9a-f]{8}:[0-9a-f]{8})\b)", {"contribsys"}, nullptr, 0, {"BUNDLE_ENTERPRISE__CONTRIBSYS__COM=e0da6421:" "b28b5c86"}, {"gems.contribsys.com"}},
    {"age", "PRIVATE_KEY", S, R"(\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b)", {"age-secret-key"}, nullptr, 0, {"AGE-SECRET-KEY-1" "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"}, {"AGE-SECRET-KEY-1"}},
    {"facebook", "API_KEY", S, R"(\bEAA[MC][A-Za-z0-9]{80,}|\b\d{15,16}(?:\||%7C)[A-Za-z0-9_\-]{27,40})", {"eaam", "eaac", "|", "%7c"}, nullptr, 3, {"911602140448729" "|AY-lRJZq9BoDLobvAiP25L7RcMg"}, {"EAAM"}},
    {"square", "API_KEY", S, R"(\b(?:EAAA|sq0atp-|sq0csp-)[A-Za-z0-9_\-\^=+/]{22,60})", {"eaaa", "sq0"}, random_token, 3, {"sq0atp-" ALNUM36}, {"sq0atp-"}},
    {"terraform", "API_KEY", S, R"((?i)\b[a-z0-9]{14}\.atlasv1\.[a-z0-9\-_=]{60,70})", {"atlasv1"}, nullptr, 3, {"27c36b2d846ba3.atlasv1." ALNUM36 ALNUM36}, {"atlasv1."}},
    {"vault", "API_KEY", S, R"(\bhv[sbr]\.[A-Za-z0-9_\-]{20,300}|(?:^|[^\w.])s\.[A-Za-z0-9]{24}\b)", {"hvs.", "hvb.", "hvr.", "s."}, random_token, 3.4, {"hvs." ALNUM36}, {"this.method_of_objects_here"}},
    {"harness", "API_KEY", S, R"(\b[ps]at\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}\b)", {"pat.", "sat."}, nullptr, 3, {"pat." ALNUM20 "kk." ALNUM20 "abcd." ALNUM20}, {"pat.x.y"}},
    {"plaid", "API_KEY", S, R"(\baccess-(?:sandbox|development|production)-[0-9a-f\-]{36}\b)", {"access-"}, nullptr, 2, {"access-sandbox-" "d2d18d6b-25a5-d55a-c3da-00e349fa7666"}, {"access-sandbox-mode"}},
    {"mailchimp", "API_KEY", S, R"(\b[0-9a-f]{32}-us\d{1,2}\b)", {"-us"}, nullptr, 3, {HEX32 "-us12"}, {"x-us12"}},
    {"mailgun", "API_KEY", S, R"(\b(?:pubkey|key)-[0-9a-f]{32}\b|\b[0-9a-h]{32}-[0-9a-h]{8}-[0-9a-h]{8}\b)", {"key-", "-"}, nullptr, 2.8, {"key-" HEX32}, {"key-1"}},
    {"mapbox", "API_KEY", S, R"(\b[ps]k\.[A-Za-z0-9]{60}\.[A-Za-z0-9]{22}\b)", {"pk.", "sk."}, nullptr, 3, {"pk." ALNUM20 ALNUM20 ALNUM20 "." ALNUM20 "ab"}, {"pk.id"}},
    {"yandex", "API_KEY", S, R"(\bYC[a-zA-Z0-9_\-]{38}\b|\bAQVN[A-Za-z0-9_\-]{35,38}\b|\bt1\.[A-Z0-9a-z_\-]+={0,2}\.[A-Z0-9a-z_\-]{86}={0,2})", {"yc", "aqvn", "t1."}, random_token, 3.5, {"YC" ALNUM36 "ab"}, {"YCombinator"}},
    {"hugging-face", "API_KEY", S, R"(\bhf_[A-Za-z]{30,40}\b)", {"hf_"}, nullptr, 3.5, {"hf_" "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIj"}, {"hf_model_name"}},
    {"easypost", "API_KEY", S, R"(\bEZ[AT]K[A-Za-z0-9]{54}\b)", {"ezak", "eztk"}, nullptr, 3, {"EZAK" ALNUM36 "abcdefghij12345678"}, {"EZAK"}},
    {"airtable", "API_KEY", S, R"(\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b)", {"pat"}, nullptr, 3, {"pat" "du7bmr013wtd0k." HEX32 HEX32}, {"pat.x"}},
    {"new-relic", "API_KEY", S, R"(\bNR(?:AK|JS|II|RA|BR|IQ)-[A-Za-z0-9\-]{19,40})", {"nrak-", "nrjs-", "nrii-", "nrra-", "nrbr-", "nriq-"}, nullptr, 2, {"NRAK-" ALNUM20 "ABCDEFG"}, {"NRAK-1"}},
    {"vendor-prefix", "API_KEY", S,
      R"(\b(?:dop_v1_|doo_v1_|dor_v1_|dapi|CLOJARS_|AKCp|duffel_(?:test|live)_|dt0c01\.|fo1_|fm[12][ar]?_|FLWSECK(?:_TEST)?-|FLWPUBK(?:_TEST)?-|fio-u-|glc_|glsa_|HRKU-|hf_|api_org_|ico-|lin_(?:api|oauth)_|(?:test|live)_(?:pub_)?|sha256~|pplx-|pscale_(?:pw|tkn|oauth)_|PMAK-|pnu_|rdme_|rubygems_|tk-us-|xkeysib-|xsmtpsib-|sntrys_|sntryu_|sm_(?:pat|aat|sat)_|shippo_(?:live|test)_|shp(?:at|ca|pa|ss)_|tskey-(?:client-|auth-|api-)?|tfp_|LTAI|dp\.(?:pt|st|ct|sa|scim|audit)\.|ops_|figd_|dckr_pat_|ATATT3|ATCTT3|ATBB|sbp_|pat-(?:na|eu)\d-|phc_|phx_|v1\.0-|cio-|nfp_|r8_|gsk_|xai-|sq0idp-|eyJrIjoi|gAAAAA|s-s4t2(?:ud|af)-|b_|SWMTKN-1-|kn\d{2}_|sdk-|mob-|fnk_|secret_|ntn_|waka_|RGAPI-|rnd_|Zpat_|sgp_|jfrt@|cmVmd)[A-Za-z0-9_.=+/~\-]{16,})",
      {"dop_v1_", "doo_v1_", "dor_v1_", "dapi", "clojars_", "akcp", "duffel_", "dt0c01.", "fo1_", "fm1", "fm2", "flwseck", "flwpubk", "fio-u-", "glc_", "glsa_", "hrku-", "hf_", "api_org_", "ico-", "lin_", "test_", "live_", "sha256~", "pplx-", "pscale_", "pmak-", "pnu_", "rdme_", "rubygems_", "tk-us-", "xkeysib-", "xsmtpsib-", "sntrys_", "sntryu_", "sm_", "shippo_", "shpat_", "shpca_", "shppa_", "shpss_", "tskey-", "tfp_", "ltai", "dp.", "ops_", "figd_", "dckr_pat_", "atatt3", "atctt3", "atbb", "sbp_", "pat-", "phc_", "phx_", "v1.0-", "cio-", "nfp_", "r8_", "gsk_", "xai-", "sq0idp-", "eyjrijoi", "gaaaaa", "s-s4t2", "b_", "swmtkn-", "kn", "sdk-", "mob-", "fnk_", "secret_", "ntn_", "waka_", "rgapi-", "rnd_", "zpat_", "sgp_", "jfrt@", "cmvmd"},
      prefixed_token, 3.1,
      {"hf_" ALNUM36, "dop_v1_" HEX32 HEX32, "shpat_" HEX32, "lin_api_" ALNUM36, "tskey-auth-" ALNUM20, "test_pub_" "c00eebc5802b164a7a59cbafb41b2cd", "test_" "bb8811c3dafaee5dd57f19c5a5b67200eec"},
      {"hf_transformers_models", "test_something_that_is_long_enough", "dapi", "def test_hex_looks_like_binary_issue65(self)", "live_view_of_page_2_renders"}},
    // ---- by their name ----
    {"password", "PASSWORD", A, R"((?i)(?:\b|_)(?:pass(?:word|phrase|wd|wort|e)?|passwort|kennwort|pwd|mot de passe|contraseña|contrasena|senha)["'`]?(?:\s{1,3}(?:is|was|ist|war|est|es)\b:?|\s{0,10}(?:=>|:=|\?=|\.=|==|:|=|,|>))\s{0,10}["'`]?([^\s"'`<>,;]{5,120}))", {"pass", "pwd", "kennwort", "contrase", "senha"}, stated_password, 0,
      {"password: hunter22", "DB_PASSWORD=\"correct-horse\"", "my password is Tr0ub4dor&3.", "pwd = 's3cret!'"},
      {"password: required", "password = get_password()", "password: ${DB_PASSWORD}", "the password is wrong", "password: string", "if password == expected"}},
    {"named-secret", "SECRET", A, R"((?i)(?:token|secret|passw(?:or)?d|pwd|credential|auth|(?:api|app|access|account|private|signing|encryption|master|service|deploy|license|user|client|secret|public|pub|admin|publishable|insert|write|read)[_.\- ]?(?:key|id|pass)|apikey|[_\-]key|[_\-]pass|bearer)[\w.\-\]]{0,32}["'`)]?(?:\s{1,3}string)?\s{0,10}(?:=>|:{1,3}=|\?=|\.=|\|\|:|<=>|:|=|,|>)\s{0,20}["'`]?([\w./+=~!@#%^*$|\-]{10,500}))",
      {"token", "secret", "passwd", "password", "pwd", "credential", "auth", "key", "client", "user", "account", "service", "app", "bearer", "pass"}, assigned_secret, 2.9,
      {"shop_token = \"7ei29jiguu4r_w0pud2p" "mscrg6u5o1nk\"", "API-KEY: " HEX32, "<authToken>\n  " ALNUM20 "\n</authToken>", "client_secret=" ALNUM20 "&x=1", "setProperty(\"X_TOKEN\", \"" ALNUM20 "\")"},
      {"token = next_token_of_stream()", "token: Optional[str]", "api_key = os.environ['API_KEY']", "key: components/button/index", "author: jane_the_writer", "secret = load_secret_from_file", "user_id: 1234567890123"}},
    {"named-url-parameter", "SECRET", A, R"((?i)[?&](?:access_token|auth|code|key|api_?key|sig|signature|token|secret|password|session(?:id)?|sid|jwt|ticket)=([^\s&#"'<>]{8,}))", {"?", "&"}, random_token, 2.5,
      {"https://h/p?token=abc123def456&x=1", "/cb?code=4/0Adeu5BW" "x12"}, {"?key=value", "?token=required"}},
    {"secret-xml-attribute", "PASSWORD", A, R"re((?i)key="\w*(?:password|secret|token|apikey)\w*"\s+value="([^"\s]{4,200})")re", {"value="}, nullptr, 2, {"<add key=\"ClearTextPassword\" value=\"Cleartext" "Password1\" />"}, {"<add key=\"Colour\" value=\"blue-ish1\" />"}},
    {"kubernetes-secret", "SECRET", A, R"((?is)\bkind:\s*["']?secret\b.{0,400}?\bdata:\s*[\w.\-]+:\s*["']?([A-Za-z0-9+/]{8,}={0,2}))", {"kind:"}, nullptr, 0, {"kind: Secret\nmetadata:\n  name: x\ndata:\n  pw: YWRtaW46" "cGFzc3dvcmQ="}, {"kind: ConfigMap\ndata:\n  a: bbbbbbbbbb"}, 1024},
  };
}
// clang-format on

}  // namespace

std::span<const Rule> secret_rules() {
  static const std::vector<Rule> kRules = all();
  return kRules;
}

}  // namespace triage::redact

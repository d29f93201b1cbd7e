"""Routes of Spring and Ktor: full paths across files, and who guards them."""

import pathlib

import pytest

import route_projects

PROJECTS = ["routes-ktor", "routes-spring"]


@pytest.mark.parametrize("name", PROJECTS)
def test_every_route_of_a_project_is_found_with_its_full_path_and_guard(name: str) -> None:
    route_projects.check(name)


def test_a_client_of_another_service_is_no_route(tmp_path: pathlib.Path) -> None:
    text = 'import x;\n@FeignClient("users")\ninterface Users {\n  @GetMapping("/users")\n  String all();\n}\n'
    assert route_projects.of(tmp_path, {"src/main/java/Users.java": text}) == {}


def test_a_route_beside_a_security_configuration_is_neither_open_nor_guarded(tmp_path: pathlib.Path) -> None:
    files = {
        "src/main/java/A.java": '@RestController\nclass A {\n  @GetMapping("/a")\n  String a() { return ""; }\n}\n',
        "src/main/java/SecurityConfig.java": "class SecurityConfig {\n  SecurityFilterChain chain(HttpSecurity http) { return http.build(); }\n}\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /a": "?"}


RULES = (
    "http.authorizeHttpRequests(auth -> auth.requestMatchers(PathRequest.toH2Console()).permitAll()"
    '.requestMatchers("/public/**", "/login").permitAll().requestMatchers(HttpMethod.GET, "/notes/{id}").permitAll()'
    '.requestMatchers("/admin/**").hasRole("ADMIN").anyRequest().authenticated());'
)
OLD = (
    'http.csrf().disable().authorizeRequests().antMatchers("/public/**", "/login").permitAll().antMatchers(HttpMethod.GET, "/notes/*").permitAll()'
    '.antMatchers("/admin/**").hasRole("ADMIN").anyRequest().authenticated().and().httpBasic();'
)
CONTROLLER = (
    "@RestController\nclass A {\n"
    + "".join(
        f'  @{verb}Mapping("{path}")\n  String m{at}() {{ return ""; }}\n'
        for at, (verb, path) in enumerate(
            [
                ("Get", "/public/a"),
                ("Post", "/login"),
                ("Get", "/notes/{id}"),
                ("Delete", "/notes/{id}"),
                ("Get", "/admin/x"),
                ("Get", "/{any}"),
                ("Get", "/z"),
            ]
        )
    )
    + "}\n"
)
DECIDED = {
    "GET /public/a": "open",
    "POST /login": "open",
    "GET /notes/{id}": "open",
    "DELETE /notes/{id}": "authenticated",
    "GET /admin/x": "hasRole",
    "GET /{any}": "?",
    "GET /z": "authenticated",
}


def chain(body: str, before: str = "", name: str = "chain") -> str:
    return f"{before}  @Bean\n  SecurityFilterChain {name}(HttpSecurity http) {{ {body} return http.build(); }}\n"


def secured(body: str, more: str = "") -> "dict[str, str]":
    return {
        "src/main/java/A.java": CONTROLLER,
        "src/main/java/SecurityConfig.java": f"@Configuration\nclass SecurityConfig {{\n{body}}}\n{more}",
        "src/main/resources/application.properties": "server.servlet.context-path=/\n",
    }


def test_rules_of_a_security_chain_decide_in_their_order(tmp_path: pathlib.Path) -> None:
    assert route_projects.of(tmp_path, secured(chain(RULES))) == DECIDED


def test_rules_of_the_older_adapter_decide_in_their_order(tmp_path: pathlib.Path) -> None:
    text = f"class SecurityConfig extends WebSecurityConfigurerAdapter {{\n  protected void configure(HttpSecurity http) {{ {OLD} }}\n}}\n"
    assert route_projects.of(tmp_path, {**secured(""), "src/main/java/SecurityConfig.java": text}) == DECIDED


@pytest.mark.parametrize(
    "body",
    [
        chain(RULES) + chain("http.authorizeHttpRequests(a -> a.anyRequest().access(voters()));", name="second"),
        chain("common(http);" + RULES),
        chain(RULES, before="  @Order(last())\n")
        + chain("http.authorizeHttpRequests(a -> a.anyRequest().denyAll());", "  @Order(1)\n", "none").replace("denyAll", "access"),
        chain(f"if (open) {{ {RULES} }}"),
        chain(RULES, before='  @Profile("prod")\n'),
        chain(RULES.replace(".anyRequest().authenticated()", "").replace('"/', '"/other/')),
        chain(RULES) + '  @Bean\n  WebSecurityCustomizer free() { return web -> web.ignoring().requestMatchers("/admin/**"); }\n',
        chain("http.authorizeHttpRequests(this::rules);"),
        chain(
            'http.authorizeHttpRequests(a -> a.requestMatchers(new AntPathRequestMatcher("/**", "PUT")).authenticated().anyRequest().permitAll());'
        ),
        chain("http.authorizeHttpRequests(a -> a.requestMatchers(new NegatedRequestMatcher(x)).authenticated().anyRequest().permitAll());"),
        chain("http.authorizeHttpRequests(auth -> auth.requestMatchers(paths()).permitAll().anyRequest().authenticated());"),
    ],
)
def test_a_security_configuration_that_cannot_be_decided_leaves_every_route_unknown(tmp_path: pathlib.Path, body: str) -> None:
    assert set(route_projects.of(tmp_path, secured(body)).values()) == {"?"}


BOUND = chain(
    "http.securityMatcher(FREE).authorizeHttpRequests(a -> a.anyRequest().permitAll());",
    '  static final String[] FREE = {"/public/**", "/login"};\n  @Order(1)\n',
    "free",
)


def test_the_first_chain_that_takes_a_path_decides_for_it_alone(tmp_path: pathlib.Path) -> None:
    rest = chain("common(http).authorizeHttpRequests(a -> a.anyRequest().authenticated());", "  @Order(2)\n", "rest")
    helper = "  private HttpSecurity common(HttpSecurity http) { return http.csrf(c -> c.disable()); }\n"
    found = route_projects.of(tmp_path, secured(BOUND + rest + helper))
    assert found == {
        "GET /public/a": "open",
        "POST /login": "open",
        **dict.fromkeys(["GET /notes/{id}", "DELETE /notes/{id}", "GET /admin/x", "GET /z"], "authenticated"),
        "GET /{any}": "?",  # /login is one of its requests
    }


def test_a_chain_behind_one_that_takes_everything_is_never_asked(tmp_path: pathlib.Path) -> None:
    first = chain("http.authorizeHttpRequests(a -> a.anyRequest().authenticated());", "  @Order(0)\n", "rest")
    assert set(route_projects.of(tmp_path, secured(first + BOUND)).values()) == {"authenticated"}


def test_a_path_that_no_chain_takes_is_open(tmp_path: pathlib.Path) -> None:
    bound = chain(RULES.replace("http.auth", 'http.securityMatcher("/admin/**").auth'))
    found = route_projects.of(tmp_path, secured(bound))
    assert found == {**dict.fromkeys(DECIDED, "open"), "GET /admin/x": "hasRole", "GET /{any}": "?"}


def test_what_a_chain_whose_paths_are_not_known_lets_in_is_open_and_the_rest_is_not_decided(tmp_path: pathlib.Path) -> None:
    found = route_projects.of(tmp_path, secured(chain(RULES.replace("http.auth", "http.securityMatcher(paths()).auth"))))
    assert found == {path: guard if guard == "open" else "?" for path, guard in DECIDED.items()}


def test_two_chains_without_an_order_decide_where_they_agree(tmp_path: pathlib.Path) -> None:
    both = chain(RULES) + chain("http.authorizeHttpRequests(a -> a.anyRequest().authenticated());", name="second")
    found = route_projects.of(tmp_path, secured(both))
    assert (found["GET /public/a"], found["GET /z"], found["GET /admin/x"]) == ("?", "authenticated", "authenticated")


def test_what_the_chain_lets_in_is_not_open_where_a_filter_may_refuse(tmp_path: pathlib.Path) -> None:
    more = "class KeyFilter extends OncePerRequestFilter {\n  void doFilterInternal() { response.sendError(401); }\n}\n"
    found = route_projects.of(tmp_path, secured(chain(RULES), more))
    assert {found["GET /public/a"], found["POST /login"]} == {"?"}
    assert found["GET /z"] == "authenticated"


def test_the_kotlin_dsl_of_a_security_chain_decides_too(tmp_path: pathlib.Path) -> None:
    config = (
        "@Configuration\nclass SecurityConfig {\n  @Bean\n  fun chain(http: HttpSecurity): SecurityFilterChain {\n    http {\n      authorizeHttpRequests {\n"
        '        authorize("/public/**", permitAll)\n        authorize(HttpMethod.GET, "/notes/*", permitAll)\n        authorize("/admin/**", hasRole("ADMIN"))\n'
        "        authorize(anyRequest, authenticated)\n      }\n    }\n    return http.build()\n  }\n}\n"
    )
    routes = '@RestController\nclass A {\n  @GetMapping("/public/a")\n  fun a() = ""\n  @GetMapping("/admin/b")\n  fun b() = ""\n  @PostMapping("/notes/{id}")\n  fun c() = ""\n}\n'
    expected = {"GET /public/a": "open", "GET /admin/b": "hasRole", "POST /notes/{id}": "authenticated"}
    assert route_projects.of(tmp_path, {"src/main/kotlin/A.kt": routes, "src/main/kotlin/SecurityConfig.kt": config}) == expected


def test_routes_of_a_router_function_called_by_another_stand_below_its_prefix_only(tmp_path: pathlib.Path) -> None:
    text = (
        "class Routes {\n  @Bean\n  RouterFunction<ServerResponse> all(Handler h) {\n"
        '    return route().path("/api", this::notes).nest(path("/v1"), () -> users()).add(plain()).build();\n  }\n'
        '  private void notes(RouterFunctions.Builder b) { b.GET("/notes", h::all); }\n'
        '  private RouterFunction<ServerResponse> users() { return route().GET("/users", h::users).build(); }\n'
        '  private RouterFunction<ServerResponse> plain() { return route().POST("/plain", h::plain).build(); }\n}\n'
    )
    expected = {"GET /api/notes": "open", "GET /v1/users": "open", "POST /plain": "open"}
    assert route_projects.of(tmp_path, {"src/main/java/Routes.java": text}) == expected


def test_annotations_that_java_does_not_allow_are_read_all_the_same(tmp_path: pathlib.Path) -> None:
    text = (
        '@RestController\n@RequestMapping("/n")\nclass A {\n  @GetMapping("/j/{id}", produces = [MediaType.JSON])\n  void a() {}\n'
        '  @RequestMapping("/m", method = {RequestMethod.PUT, RequestMethod.POST})\n  void b() {}\n}\n'
    )
    assert sorted(route_projects.of(tmp_path, {"src/main/java/A.java": text})) == ["GET /n/j/{id}", "POST /n/m", "PUT /n/m"]


def test_a_package_that_is_called_example_is_no_example(tmp_path: pathlib.Path) -> None:
    controller = '@RestController\nclass A {\n  @GetMapping("/%s")\n  String a() { return ""; }\n}\n'
    files = {
        "src/main/java/com/example/A.java": controller % "a",
        "src/main/java/com/acme/B.java": (controller % "b").replace("class A", "class B"),
        "plain/com/example/C.java": (controller % "c").replace("class A", "class C"),
        "examples/one/src/main/java/com/acme/D.java": (controller % "d").replace("class A", "class D"),
        "src/test/java/com/acme/E.java": (controller % "e").replace("class A", "class E"),
    }
    assert sorted(route_projects.of(tmp_path, files)) == ["GET /a", "GET /b", "GET /c"]


def test_gateway_routes_and_socket_endpoints_are_routes(tmp_path: pathlib.Path) -> None:
    text = (
        "class Gateway {\n  RouteLocator locator(RouteLocatorBuilder builder) {\n"
        '    return builder.routes().route("a", r -> r.method(HttpMethod.POST).and().path("/gw").uri("no://op"))\n'
        '      .route("b", r -> reports(r).uri("no://op")).build();\n  }\n'
        '  private PredicateSpec reports(PredicateSpec p) { return p.method(HttpMethod.GET).and().path("/gw/{id}"); }\n}\n'
    )
    sockets = 'class Ws {\n  public void registerStompEndpoints(StompEndpointRegistry registry) { registry.addEndpoint("/ws").withSockJS(); }\n}\n'
    found = route_projects.of(tmp_path, {"src/main/java/Gateway.java": text, "src/main/java/Ws.java": sockets})
    assert sorted(found) == ["GET /gw/{id}", "GET /ws", "POST /gw"]


def test_the_mapping_of_a_class_hides_the_one_of_its_interface(tmp_path: pathlib.Path) -> None:
    files = {
        "src/main/java/Api.java": '@RequestMapping("/from-interface")\ninterface Api {\n  @GetMapping("/x")\n  String x();\n}\n',
        "src/main/java/One.java": '@RestController\n@RequestMapping("/own")\nclass One implements Api {\n  public String x() { return ""; }\n}\n',
        "src/main/java/Two.java": '@RestController\nclass Two implements Api {\n  public String x() { return ""; }\n}\n',
    }
    assert sorted(route_projects.of(tmp_path, files)) == ["GET /from-interface/x", "GET /own/x"]


@pytest.mark.parametrize(("second", "expected"), [("", "authenticated"), ("@SpringBootApplication\nclass Other { }\n", "?")])
def test_the_chain_of_the_only_application_decides_for_its_modules(tmp_path: pathlib.Path, second: str, expected: str) -> None:
    files = {
        "app/src/main/java/App.java": "@SpringBootApplication\nclass App { }\n",
        "app/src/main/java/SecurityConfig.java": (
            f"@Configuration\nclass SecurityConfig {{\n{chain('http.authorizeHttpRequests(a -> a.anyRequest().authenticated());')}}}\n"
        ),
        "api/src/main/java/A.java": '@RestController\nclass A {\n  @GetMapping("/a")\n  String a() { return ""; }\n}\n',
        "other/src/main/java/Other.java": second or "class Other { }\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /a": expected}


RESOURCE = (
    'package shop;\n\nimport jakarta.ws.rs.*;\n\n@Path("notes")\npublic class NoteResource {\n'
    '    @GET\n    public String all() { return ""; }\n\n'
    '    @POST\n    public void add(Note note) { }\n\n    @POST\n    @Path("many")\n    public void add(List<Note> notes) { }\n}\n'
)
MOUNTED = (
    'class Server {\n    void start() {\n        handler.addServlet(new ServletHolder(new ServletContainer(config)), "/api/*");\n    }\n}\n'
)
WEB_XML = (
    "<web-app>\n<servlet>\n<servlet-name>rest</servlet-name>\n<servlet-class>org.glassfish.jersey.servlet.ServletContainer</servlet-class>\n"
    "</servlet>\n<servlet-mapping>\n<servlet-name>rest</servlet-name>\n<url-pattern>/api/*</url-pattern>\n</servlet-mapping>\n</web-app>\n"
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/main/java/shop/App.java", 'import jakarta.ws.rs.*;\n\n@ApplicationPath("/api")\npublic class App extends Application { }\n'),
        ("src/main/java/shop/Server.java", "import org.glassfish.jersey.servlet.ServletContainer;\n\n" + MOUNTED),
        ("src/main/java/shop/Server.java", 'class Server {\n    void run(Environment e) { e.jersey().setUrlPattern("/api/*"); }\n}\n'),
        ("src/main/webapp/WEB-INF/web.xml", WEB_XML),
    ],
)
def test_resources_of_jax_rs_lie_below_the_path_of_their_application(tmp_path: pathlib.Path, path: str, text: str) -> None:
    found = route_projects.of(tmp_path, {"src/main/java/shop/NoteResource.java": RESOURCE, path: text})
    assert set(found) == {"GET /api/notes", "POST /api/notes", "POST /api/notes/many"}


DOCUMENT = (
    "openapi: 3.0.1\nservers:\n  - url: http://localhost/x\npaths:\n  /notes:\n    get:\n      operationId: list-notes\n"
    "    post:\n      operationId: addNote\n  /notes/{id}:\n    get:\n      operationId: getNote\n"
)
ANSWERS = (
    'package shop;\n\n@RestController\n@RequestMapping("/api")\npublic class NoteController implements NotesApi {\n'
    "    @Override\n    public List<Note> listNotes() { return null; }\n\n"
    "    @PreAuthorize(\"hasRole('X')\")\n    @Override\n    public Note addNote(Note note) { return null; }\n\n    private void helper() { }\n}\n"
)
ENABLES = "package shop;\n\n@Configuration\n@EnableMethodSecurity\n%spublic class Config { }\n"


@pytest.mark.parametrize(("condition", "guard"), [("", "PreAuthorize"), ('@ConditionalOnProperty("security.on")\n', "?")])
def test_a_class_answers_for_the_interface_that_is_generated_from_the_document(tmp_path: pathlib.Path, condition: str, guard: str) -> None:
    files = {
        "src/main/resources/openapi.yml": DOCUMENT,
        "src/main/java/shop/NoteController.java": ANSWERS,
        "src/main/java/shop/Config.java": ENABLES % condition,
    }
    assert route_projects.of(tmp_path, files) == {"GET /api/notes": "open", "POST /api/notes": guard}


def test_an_interface_of_the_repository_is_not_taken_from_a_document(tmp_path: pathlib.Path) -> None:
    files = {
        "src/main/resources/openapi.yml": DOCUMENT,
        "src/main/java/shop/NoteController.java": ANSWERS,
        "src/main/java/shop/NotesApi.java": 'package shop;\n\npublic interface NotesApi {\n    @GetMapping("/own")\n    List<Note> listNotes();\n}\n',
    }
    assert set(route_projects.of(tmp_path, files)) == {"GET /api/own"}

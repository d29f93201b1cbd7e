"""Routes of JavaScript and TypeScript projects: full paths over files, and guards in the order in which they are registered."""

from pathlib import Path

import pytest

import route_projects
from backend_agent.facts.routes import javascript

EXPRESS = "const express = require('express');\nconst app = express();\n"
AUTH = "const requireAuth = (req, res, next) => (req.user ? next() : res.status(401).end());\n"


@pytest.mark.parametrize("name", ["routes-express", "routes-nestjs", "routes-fastify", "routes-hono-koa"])
def test_every_route_of_a_project_is_found_with_its_full_path_and_guard(name: str) -> None:
    route_projects.check(name)


def test_a_guard_covers_only_what_is_registered_after_it(tmp_path: Path) -> None:
    text = EXPRESS + AUTH + "app.get('/a', (req, res) => 1);\napp.use(requireAuth);\napp.get('/b', (req, res) => 1);\n"
    assert route_projects.of(tmp_path, {"app.js": text}) == {"GET /a": "open", "GET /b": "requireAuth"}


def test_a_guard_at_a_path_covers_only_what_is_below_it(tmp_path: Path) -> None:
    text = EXPRESS + AUTH + "app.use('/admin', requireAuth);\napp.get('/admin/x', h);\napp.get('/administer', h);\n"
    assert route_projects.of(tmp_path, {"app.js": text}) == {"GET /admin/x": "requireAuth", "GET /administer": "open"}


def test_a_guard_under_an_undecided_condition_is_not_called_a_guard(tmp_path: Path) -> None:
    text = EXPRESS + AUTH + "if (process.env.SAFE) app.use(requireAuth);\napp.get('/b', (req, res) => 1);\n"
    assert route_projects.of(tmp_path, {"app.js": text}) == {"GET /b": "?"}


def test_a_function_that_is_named_like_a_guard_and_refuses_nobody_is_not_called_one(tmp_path: Path) -> None:
    text = EXPRESS + "const auth = (req, res, next) => next();\napp.get('/b', auth, (req, res) => 1);\n"
    assert route_projects.of(tmp_path, {"app.js": text}) == {"GET /b": "?"}


def test_calls_of_a_client_in_the_browser_are_no_routes(tmp_path: Path) -> None:
    text = "import axios from 'axios';\nconst api = axios.create();\nexport const load = () => api.get('/users', { a: 1 });\n"
    assert route_projects.of(tmp_path, {"store.js": text}) == {}
    assert not javascript.wants("store.js", text)


def test_a_class_that_keeps_its_application_in_a_field_is_followed(tmp_path: Path) -> None:
    text = (
        "import express from 'express';\nimport { users } from './users';\n"
        "export class Server {\n  private app = express();\n  constructor() { this.routes(); }\n"
        "  private routes() { this.app.use('/v1', users()); }\n}\n"
    )
    users = (
        "import { Router } from 'express';\nexport const users = () => {\n  const r = Router();\n  r.patch('/u/:id', f);\n  return r;\n};\n"
    )
    assert route_projects.of(tmp_path, {"server.ts": text, "users.ts": users}) == {"PATCH /v1/u/:id": "open"}


def test_an_alias_of_tsconfig_is_followed(tmp_path: Path) -> None:
    files = {
        "tsconfig.json": '{ // comment\n "compilerOptions": {"baseUrl": ".", "paths": {"#r/*": ["lib/*"]}, },}',
        "app.ts": "import express from 'express';\nimport r from '#r/inner';\nexpress().use('/p', r);\n",
        "lib/inner.ts": "import { Router } from 'express';\nexport default Router().get('/q', h);\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /p/q": "open"}


def test_a_folder_that_is_read_at_run_time_is_listed(tmp_path: Path) -> None:
    files = {
        "app.js": EXPRESS + "const fs = require('fs');\nconst path = require('path');\n"
        "fs.readdirSync(path.join(__dirname, 'routes')).forEach((f) => {\n"
        "  app.use('/' + path.basename(f, '.js'), require('./routes/' + f));\n});\n",
        "routes/cats.js": "const r = require('express').Router();\nr.get('/x', h);\nmodule.exports = r;\n",
    }
    assert route_projects.of(tmp_path, files) == {"GET /cats/x": "open"}


def test_a_public_mark_frees_from_a_global_guard_that_reads_it(tmp_path: Path) -> None:
    text = (
        "import { Controller, Get, Module } from '@nestjs/common';\nimport { APP_GUARD, NestFactory, Reflector } from '@nestjs/core';\n"
        "export class JwtAuthGuard {\n  constructor(private reflector: Reflector) {}\n  canActivate(c) {\n"
        "    if (this.reflector.get('isPublic', c.getHandler())) return true;\n    throw new UnauthorizedException();\n  }\n}\n"
        "@Controller('x')\nexport class X {\n  @Public()\n  @Get('a')\n  a() {}\n  @Get('b')\n  b() {}\n}\n"
        "@Module({ controllers: [X], providers: [{ provide: APP_GUARD, useClass: JwtAuthGuard }] })\nexport class AppModule {}\n"
        "NestFactory.create(AppModule);\n"
    )
    assert route_projects.of(tmp_path, {"main.ts": text}) == {"GET /x/a": "open", "GET /x/b": "JwtAuthGuard"}


@pytest.mark.parametrize(
    "text", ["app.get('/x',", "const app = require('express')(); app.use(app); app.get('/a', h)", "import './x'\n" * 50]
)
def test_broken_and_cyclic_sources_give_no_error(tmp_path: Path, text: str) -> None:
    route_projects.of(tmp_path, {"a.js": EXPRESS + "require('./b');\n", "b.js": "require('./a');\n" + text})


def test_a_function_that_calls_itself_ends(tmp_path: Path) -> None:
    text = EXPRESS + "function f(r) { r.get('/x', h); f(r); }\nf(app);\n"
    assert route_projects.of(tmp_path, {"a.js": text}) == {"GET /x": "open"}


def test_files_are_routes_where_the_framework_says_so_and_nobody_calls_them_open(tmp_path: Path) -> None:
    files = {
        "src/app/(shop)/items/[id]/route.ts": "export async function GET(request) {}\nexport const DELETE = handle;\n",
        "src/pages/api/users/index.ts": "export default function handler(req, res) {}\nimport type { NextApiRequest } from 'next';\n",
        "server/api/notes/[id].put.ts": "export default defineEventHandler(() => ({}));\n",
        "server/routes/ping.ts": "export default eventHandler(() => 'pong');\n",
        "server/utils/clock.ts": "export default defineEventHandler(() => 1);\n",
    }
    assert route_projects.of(tmp_path, files) == {
        "GET /items/[id]": "?",
        "DELETE /items/[id]": "?",
        "ANY /api/users": "?",
        "PUT /api/notes/:id": "?",
        "ANY /ping": "?",
    }


def test_a_route_of_a_helper_stands_where_the_helper_is_called(tmp_path: Path) -> None:
    text = EXPRESS + "function add(path, handler) {\n  app.get(path, handler);\n}\nadd('/one', h);\n"
    (tmp_path / "a.js").write_text(text, encoding="utf-8")
    assert [(r.path, r.line) for r in route_projects.resolve(str(tmp_path))[0]] == [("/one", 6)]


def test_a_guard_that_lets_those_through_who_bring_nothing_is_not_called_one(tmp_path: Path) -> None:
    guard = "const auth = (req, res, next) => {\n  if (!req.headers.token) return next();\n  res.status(401).end();\n};\n"
    text = EXPRESS + guard + "app.get('/b', auth, (req, res) => 1);\n"
    assert route_projects.of(tmp_path, {"app.js": text}) == {"GET /b": "?"}


def test_files_that_hand_a_name_on_in_a_circle_do_not_cost_the_routes(tmp_path: Path) -> None:
    files = {
        "a.ts": 'import { Router } from "express";\nexport { helper } from "./b";\n',
        "b.ts": 'import { Router } from "express";\nexport { helper } from "./a";\n',
        "app.ts": 'import express from "express";\nimport { helper } from "./a";\nconst app = express();\napp.get("/a", helper, h);\n',
    }
    assert list(route_projects.of(tmp_path, files)) == ["GET /a"]


def test_a_page_of_an_api_folder_says_its_methods(tmp_path: Path) -> None:
    files = {
        "src/pages/api/notes/[id].ts": "export default wrap({\n  GET: route({ a: 1 }),\n  DELETE: route({}),\n});\n",
        "src/pages/api/tags.ts": 'export default function handler(req, res) {\n  if (req.method !== "POST") return;\n}\n',
        "src/pages/api/any.ts": "const handler = wrap(one);\nexport default handler;\n",
        "src/pages/api/helper.ts": "export const limit = 3;\n",
    }
    assert list(route_projects.of(tmp_path, files)) == [
        "ANY /api/any", "DELETE /api/notes/[id]", "GET /api/notes/[id]", "POST /api/tags",
    ]  # fmt: skip


def test_a_global_guard_of_another_kind_and_one_that_waves_through_guard_nothing_for_sure(tmp_path: Path) -> None:
    guard = (
        "import { CanActivate, Injectable } from '@nestjs/common';\n@Injectable()\nexport class RolesGuard implements CanActivate {\n"
        "  canActivate(context) {\n    const roles = this.reflector.get('roles', context.getHandler());\n    if (!roles) {\n      return true;\n    }\n"
        "    throw new ForbiddenException();\n  }\n}\n@Injectable()\nexport class WriteGuard implements CanActivate {\n"
        "  canActivate(context) {\n    if (request.method === 'GET') return true;\n    throw new ForbiddenException();\n  }\n}\n"
    )
    controller = (
        "import { Controller, Get, UseGuards } from '@nestjs/common';\nimport { RolesGuard } from './guards';\n@UseGuards(RolesGuard)\n"
        "@Controller('notes')\nexport class NotesController {\n  @Get() all() {}\n  @RequireRoles('admin') @Get('secret') secret() {}\n}\n"
    )
    module = (
        "import { Module } from '@nestjs/common';\nimport { APP_GUARD } from '@nestjs/core';\nimport { WriteGuard } from './guards';\n"
        "@Module({ controllers: [NotesController], providers: [{ provide: APP_GUARD, useClass: WriteGuard }] })\nexport class AppModule {}\n"
    )
    found = route_projects.of(tmp_path, {"src/guards.ts": guard, "src/notes.ts": controller, "src/app.ts": module})
    assert found["GET /notes"] == "?"
    assert found["GET /notes/secret"] in ("RolesGuard", "RequireRoles")


def test_a_declaration_that_is_reached_by_a_known_way_is_not_repeated_below_an_unknown_prefix(tmp_path: Path) -> None:
    text = (
        'import express from "express";\nconst app = express();\nconst api = express.Router();\napi.get("/a", h);\n'
        'if (multi) app.use(tenant(), api);\napp.use("/v1", api);\nfor (const t of tenants()) app.use(`/${t}/v1`, api);\n'
    )
    assert "GET /v1/a" in route_projects.of(tmp_path, {"app.ts": text})
    assert not [path for path in route_projects.of(tmp_path, {"app.ts": text}) if "{?}" in path]


def test_guards_with_exceptions_and_strategies_that_take_everybody_are_not_called_guards(tmp_path: Path) -> None:
    text = (
        'const express = require("express");\nconst jwt = require("express-jwt");\nconst passport = require("passport");\nconst app = express();\n'
        "function requireUser(req, res, next) {\n  if (req.method === 'GET') return next();\n  if (!req.user) return res.status(401).end();\n  next();\n}\n"
        'app.get("/anyone", passport.authenticate(["jwt", "anonymous"]), h);\napp.get("/mine", passport.authenticate("jwt"), h);\n'
        'app.get("/some", requireUser, h);\napp.use(jwt({ secret: "s" }).unless({ path: ["/login"] }));\napp.post("/login", h);\n'
    )
    assert route_projects.of(tmp_path, {"app.js": text}) == {
        "GET /anyone": "open", "GET /mine": "passport.authenticate", "GET /some": "?", "POST /login": "?",
    }  # fmt: skip


def test_a_controller_that_calls_another_service_is_no_client_in_the_browser(tmp_path: Path) -> None:
    files = {
        "src/main.ts": "import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module';\nNestFactory.create(AppModule);\n",
        "src/app.module.ts": (
            "import { Module } from '@nestjs/common';\nimport { JarsController } from './jars.controller';\n"
            "@Module({ controllers: [JarsController] })\nexport class AppModule {}\n"
        ),
        "src/jars.controller.ts": (
            "import { Controller, Get } from '@nestjs/common';\nimport axios from 'axios';\n"
            "@Controller('jars')\nexport class JarsController {\n  @Get() list() { return axios.get('https://a.example'); }\n}\n"
        ),
    }
    assert route_projects.of(tmp_path, files) == {"GET /jars": "open"}


def test_a_plugin_of_fastify_that_is_imported_under_any_name_adds_its_hooks(tmp_path: Path) -> None:
    plugins = (
        "import wrap from 'fastify-plugin'\n\nexport const tokens = wrap<Options>(async (fastify, opts) => {\n  fastify.decorateRequest('t', '')\n"
        "  fastify.addHook('preHandler', async (request) => {\n    try {\n      await check(request.headers.authorization)\n    } catch (e) {\n"
        "      throw errors.AccessDenied('no')\n    }\n  })\n}, { name: 'tokens' })\n\n"
        "export const times = wrap(async (fastify) => {\n  fastify.decorateRequest('at', 0)\n})\n"
    )
    app = (
        "import fastify from 'fastify'\nimport * as plugins from './plugins'\n\nconst app = fastify()\napp.register(plugins.times)\n"
        "app.register(async function known(inner) {\n  inner.register(plugins.tokens)\n  inner.get('/a', h)\n}, { prefix: '/x' })\napp.get('/b', h)\n"
    )
    assert route_projects.of(tmp_path, {"app.ts": app, "plugins.ts": plugins}) == {"GET /x/a": "?", "GET /b": "open"}
    assert not route_projects.resolve(str(tmp_path))[1]


TRPC = {
    "src/trpc.ts": (
        "import { initTRPC, TRPCError } from '@trpc/server'\n\nconst t = initTRPC.context<Context>().create({})\n\nexport const router = t.router\n"
        "export const publicProcedure = t.procedure.use(timing)\n"
        "export const protectedProcedure = t.procedure.use(({ ctx, next }) => {\n  if (!ctx.session?.user) {\n"
        "    throw new TRPCError({ code: 'UNAUTHORIZED' })\n  }\n  return next()\n})\n"
        "export const adminOnlyProcedure = t.procedure.use(({ next }) => next())\n"
    ),
    "src/notes.ts": (
        "import { adminOnlyProcedure, protectedProcedure, publicProcedure } from './trpc'\n\nexport const notes = {\n"
        "  all: publicProcedure.query(() => find()),\n  add: protectedProcedure\n    .input(z.string())\n    .mutation(({ input }) => store(input)),\n"
        "  odd: adminOnlyProcedure.query(() => 1),\n}\n"
    ),
    "src/root.ts": "import { router } from './trpc'\nimport { notes } from './notes'\n\nexport const appRouter = router({\n  notes,\n  deep: router({ notes }),\n})\n",
}


def test_procedures_of_trpc_are_routes_named_after_their_routers(tmp_path: Path) -> None:
    server = (
        "import express from 'express'\nimport { createExpressMiddleware } from '@trpc/server/adapters/express'\nimport { appRouter } from './root'\n\n"
        "const app = express()\napp.use('/trpc', createExpressMiddleware({ router: appRouter }))\n"
    )
    found = route_projects.of(tmp_path, {**TRPC, "src/server.ts": server})
    assert found == {
        "GET /trpc/notes.all": "open", "POST /trpc/notes.add": "protectedProcedure", "GET /trpc/notes.odd": "?",
        "GET /trpc/deep.notes.all": "open", "POST /trpc/deep.notes.add": "protectedProcedure", "GET /trpc/deep.notes.odd": "?",
    }  # fmt: skip


def test_procedures_that_nothing_serves_keep_their_names_below_an_unknown_path(tmp_path: Path) -> None:
    assert "GET /{?}/notes.all" in route_projects.of(tmp_path, TRPC)
    assert len(route_projects.resolve(str(tmp_path))[1]) == 1


NEST = {
    "src/app.module.ts": (
        "import { Module } from '@nestjs/common'\nimport { NotesController } from './notes.controller'\n\n"
        "@Module({ controllers: [NotesController] })\nexport class AppModule {}\n"
    ),
    "src/notes.controller.ts": (
        "import { Controller, Get } from '@nestjs/common'\n\n@Controller('notes')\nexport class NotesController {\n  @Get()\n  all() {}\n}\n"
    ),
    "src/main.ts": (
        "import { NestFactory } from '@nestjs/core'\nimport { VersioningType } from '@nestjs/common'\nimport { AppModule } from './app.module'\n"
        "import { CONTEXT_PATH } from './config'\n\nasync function bootstrap() {\n  const app = await NestFactory.create(AppModule)\n"
        "  app.enableVersioning({ type: VersioningType.URI, prefix: `${CONTEXT_PATH}v`, defaultVersion: '1' })\n  await app.listen(3000)\n}\nbootstrap()\n"
    ),
    "migrations/fill.ts": (
        "import { NestFactory } from '@nestjs/core'\nimport { AppModule } from '../src/app.module'\n\n"
        "export async function run() {\n  const app = await NestFactory.create(AppModule, { logger: false })\n  await app.get(Notes).fill()\n}\n"
    ),
}


def test_a_script_that_makes_the_application_for_its_services_serves_no_routes(tmp_path: Path) -> None:
    assert route_projects.of(tmp_path, NEST) == {"GET /v1/notes": "open"}
    assert [u.reason for u in route_projects.resolve(str(tmp_path))[1]] == [
        "routes are served below a base path that the configuration sets; it is left out here"
    ]


def test_a_guard_that_a_controller_holds_is_one_and_its_neighbour_for_guests_is_none(tmp_path: Path) -> None:
    held = (
        "exports.isAuthenticated = (req, res, next) => {\n  if (req.isAuthenticated()) return next();\n  res.redirect('/login');\n};\n"
        "exports.isNotAuthenticated = (req, res, next) => {\n  if (!req.isAuthenticated()) return next();\n  res.redirect('/');\n};\n"
    )
    text = EXPRESS + (
        "const auth = require('./authHandler');\nconst authHandler = auth;\n"
        "app.get('/a', authHandler.isAuthenticated, (req, res) => 1);\napp.get('/login', authHandler.isNotAuthenticated, (req, res) => 1);\n"
    )
    found = route_projects.of(tmp_path, {"app.js": text, "authHandler.js": held})
    assert found == {"GET /a": "authHandler.isAuthenticated", "GET /login": "open"}

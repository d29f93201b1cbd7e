package app

import io.ktor.server.application.*
import io.ktor.server.routing.*

const val ROOT = "/api"

fun Application.module() {
    routing {
        get("/health") { call.respond("ok") }
        route(ROOT) {
            notes()
            authenticate("jwt") {
                post("/admin/{id}") { call.respond("done") }
            }
        }
    }
}

package app

import io.ktor.server.routing.*

fun Route.notes() {
    route("/notes") {
        get { call.respond("all") }
        for (kind in listOf("red", "blue")) {
            get("/$kind") { call.respond(kind) }
        }
    }
}

fun Route.lost() {
    get("/lost") { call.respond("where") }
}

package mixed

import "github.com/gofiber/fiber/v2"

func Fiber(app *fiber.App) {
	api := app.Group("/fiber")
	api.Get("/list", func(c *fiber.Ctx) error { return nil })
	app.Route("/deep", func(r fiber.Router) {
		r.Patch("/:id", func(c *fiber.Ctx) error { return nil })
	})
}

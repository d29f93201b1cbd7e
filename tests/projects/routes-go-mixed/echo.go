package mixed

import (
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

func Echo() *echo.Echo {
	e := echo.New()
	g := e.Group("/echo", middleware.JWTWithConfig(middleware.JWTConfig{Skipper: skip}))
	g.GET("/some", handle)
	e.POST("/one", handle, middleware.BasicAuth(check))
	return e
}

func handle(c echo.Context) error { return nil }

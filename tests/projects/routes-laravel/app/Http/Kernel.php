<?php

namespace App\Http;

use Illuminate\Foundation\Http\Kernel as HttpKernel;

class Kernel extends HttpKernel
{
    protected $middlewareGroups = [
        'api' => ['throttle:api', \Illuminate\Routing\Middleware\SubstituteBindings::class],
        'staff' => ['auth:sanctum', 'clerk'],
    ];

    protected $routeMiddleware = [
        'auth' => \App\Http\Middleware\Authenticate::class,
        'clerk' => \App\Http\Middleware\OnlyClerks::class,
        'guest' => \App\Http\Middleware\RedirectIfAuthenticated::class,
    ];
}

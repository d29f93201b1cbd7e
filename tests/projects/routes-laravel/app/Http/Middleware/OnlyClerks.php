<?php

namespace App\Http\Middleware;

class OnlyClerks
{
    public function handle($request, $next)
    {
        if (! $request->user()->is_clerk) {
            abort(403);
        }

        return $next($request);
    }
}

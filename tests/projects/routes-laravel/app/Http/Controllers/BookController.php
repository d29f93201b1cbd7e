<?php

namespace App\Http\Controllers;

use App\Http\Requests\StoreBookRequest;

class BookController
{
    public function __construct()
    {
        $this->middleware('auth')->except(['index', 'show']);
    }

    public function index() {}

    public function show($book) {}

    public function store(StoreBookRequest $request) {}

    public function update($book) {}

    public function destroy($book) {}
}

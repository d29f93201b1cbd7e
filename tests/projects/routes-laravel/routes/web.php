<?php

use Illuminate\Support\Facades\Route;

Route::get('/', fn () => view('home'));
Route::get('/account', function () {
    return view('account');
})->middleware('auth');
Route::redirect('/old', '/');

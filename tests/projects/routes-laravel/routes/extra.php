<?php

use Illuminate\Support\Facades\Route;

Route::get('/lost', fn () => 'lost');

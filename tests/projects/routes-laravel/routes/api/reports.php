<?php

Route::get('reports/{year?}', 'DeskController@open')->where('year', '[0-9]+');
